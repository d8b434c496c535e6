"""Files, make targets and tools that the pages for contributors name exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cases import check_each

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs" / "contributing").glob("*.md")),
]
PAGE = check_each("page", PAGES)


@PAGE
def test_links_of_contributor_pages_point_to_existing_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@PAGE
def test_make_targets_in_contributor_pages_exist(page: Path) -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([\w-]+)", listing, re.M))
    names = re.findall(r"(?:`|\$ )(?:[A-Z_]+=\S+ )?make ([\w-]+)", page.read_text())
    assert set(names) <= targets


@PAGE
def test_tools_in_contributor_pages_exist(page: Path) -> None:
    for tool in re.findall(r"\btools/\w+\.py", page.read_text()):
        assert (ROOT / tool).is_file(), tool
