"""The page for those who come from other SDKs: every call that it offers is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count

from django_zcrm import exceptions, zcrm
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.query import RecordSet

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/howto/move-from-other-sdks.md").read_text()
TABLE_ROW = re.compile(r"^\| (?P<before>.+) \| (?P<here>.+?) \|$", re.M)
HERE = [row["here"] for row in TABLE_ROW.finditer(PAGE)]
CALLS = sorted(
    {
        code
        for cell in HERE
        for code in re.findall(r"`([^`]+)`", cell)
        if re.match(r"(list\()?(leads|crm)\.", code)
    }
)


def test_the_tables_are_found() -> None:
    assert len(CALLS) > 25


@pytest.mark.django_db
@pytest.mark.zcrm_emulator(data="demo")
@pytest.mark.parametrize("code", CALLS)
def test_moving_tables_name_working_calls(code: str, zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    lead = zcrm_emulator.create(
        "Leads", Company="Acme", Email="only@one.example", Annual_Revenue=5000
    )
    known: dict[str, Any] = {
        "crm": zcrm,
        "leads": zcrm.objects("Leads"),
        "lead_id": lead["id"],
        "company": "Acme",
        "email": "only@one.example",
        "word": "acm",
        "rows": [{"Last_Name": f"Guest {n}", "Email": f"{n}@guest.example"} for n in range(3)],
        "Count": Count,
        "list": list,
    }

    result = eval(code, {"__builtins__": {}}, known)  # noqa: S307 - the page's own code

    is_written = re.search(r"\.(\w*create|upsert|\w*update|delete)\(", code)
    if is_written and "leads.create(" not in code:
        assert len(result.accepted) == len(result) > 0
    elif isinstance(result, RecordSet) or hasattr(result, "__next__"):
        assert len(list(result)) > 0
    else:
        assert result or "deleted" in code


def test_errors_of_the_tables_exist() -> None:
    names = {name for cell in HERE for name in re.findall(r"`([A-Z]\w+)`", cell)}
    assert len(names) > 10
    assert names <= set(exceptions.__all__)
