"""The list of operations: in the docs, in the catalogue, and as scopes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from django_zcrm.zoho.catalogue.operations import entries
from tests.contract.operations import DECLARED
from tools.write_operations import PAGE

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_operations_page_matches_code() -> None:
    program = "from tools.write_operations import PAGE, page; print(PAGE.read_text() == page())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n", "run: python tools/write_operations.py"


def test_page_shows_signatures_and_parameters() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert (
        "`holidays.list(*, year=None, type=None, shift_id=None, x_crm_org=None) -> "
        "Sequence[Holiday]`\n: GET `/crm/{version}/settings/holidays` (from v3); scopes: "
    ) in text
    assert "  * `type` (`'business_holiday' | 'shift_holiday' | None`): `business_hol" in text


def test_the_catalogue_has_every_declared_operation() -> None:
    assert sorted(entry.name for entry in entries()) == sorted(
        declared.name for declared in DECLARED
    )


def test_every_resource_names_its_page_of_zohos_manual() -> None:
    # Functions are documented in another part of Zoho's documentation.
    assert {entry.resource for entry in entries() if not entry.manual} <= {"functions"}
