"""The list of operations: in the docs, in the catalogue, and as scopes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from django_zcrm.zoho.catalogue import entries
from tests.contract.operations import DECLARED

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_page_of_operations_is_what_the_code_says() -> None:
    program = "from tools.write_operations import PAGE, page; print(PAGE.read_text() == page())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n", "run: python tools/write_operations.py"


def test_the_catalogue_has_every_declared_operation() -> None:
    assert sorted(entry.name for entry in entries()) == sorted(
        declared.name for declared in DECLARED
    )


def test_every_resource_names_its_page_of_zohos_manual() -> None:
    # Functions are documented in another part of Zoho's documentation.
    assert {entry.resource for entry in entries() if not entry.manual} <= {"functions"}
