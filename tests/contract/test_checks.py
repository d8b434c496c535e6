"""Every check has a unique id and a row in the docs; no row is about a check that is gone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"zcrm\.[EW]\d{3}")


def test_ids_and_docs_agree() -> None:
    used = set(ID.findall((ROOT / "django_zcrm/checks.py").read_text()))
    page = (ROOT / "docs/reference/checks.md").read_text()
    rows = Counter(re.findall(r"^\| `(zcrm\.[EW]\d{3})` \|", page, re.MULTILINE))
    assert set(rows) == used
    assert max(rows.values()) == 1


def test_every_id_is_tested() -> None:
    used = set(ID.findall((ROOT / "django_zcrm/checks.py").read_text()))
    tested = set(ID.findall((ROOT / "tests/app/test_checks.py").read_text()))
    assert tested == used


def test_an_id_stands_for_one_thing() -> None:
    """An id that several keys share appears once, in a table or a function."""
    counted = Counter(ID.findall((ROOT / "django_zcrm/checks.py").read_text()))
    shared = {check for check, times in counted.items() if times > 1}
    assert shared == {"zcrm.E006"}
