"""What contributors are told exists: files that pages link to, and targets of make."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs" / "contributing").glob("*.md")),
]
PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@PAGE
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@PAGE
def test_targets_of_make_exist(page: Path) -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^  make ([\w-]+)", shown, re.M))
    named = re.findall(r"(?:`|\$ )(?:[A-Z_]+=\S+ )?make ([\w-]+)", page.read_text())
    assert set(named) <= known


@PAGE
def test_tools_exist(page: Path) -> None:
    for tool in re.findall(r"\btools/\w+\.py", page.read_text()):
        assert (ROOT / tool).is_file(), tool
