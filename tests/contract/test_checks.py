"""Every check has a unique id and a row in the docs; no row is about a check that is gone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"zcrm(?:_mirror)?\.[EW]\d{3}")
CHECKS = (
    "django_zcrm/checks/settings.py",
    "django_zcrm/checks/site.py",
    "django_zcrm/mirror/checks.py",
)
TESTS = (
    "tests/app/test_checks.py",
    "tests/mirror/test_checks.py",
    "tests/mirror/test_waiting.py",
)


def ids_in(*files: str) -> list[str]:
    return [match for file in files for match in ID.findall((ROOT / file).read_text())]


def test_ids_and_docs_agree() -> None:
    used = set(ids_in(*CHECKS))
    page = (ROOT / "docs/reference/checks.md").read_text()
    rows = Counter(re.findall(r"^\| `(zcrm(?:_mirror)?\.[EW]\d{3})` \|", page, re.MULTILINE))
    assert set(rows) == used
    assert max(rows.values()) == 1


def test_every_id_is_tested() -> None:
    assert set(ids_in(*TESTS)) == set(ids_in(*CHECKS))


def test_check_ids_are_unique() -> None:
    """An id that several keys share appears once, in a table or a function."""
    counted = Counter(ids_in(*CHECKS))
    shared = {check for check, times in counted.items() if times > 1}
    assert shared == {"zcrm.E006"}
