"""Runs zcrm_import without a terminal, and reads what came of it."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm.testing.site import SiteEmulator

SIMPLE = "Last_Name,Company\nWong,Acme\nAbe,\n"


def run_import(file: str, *words: str, module: str = "Leads") -> str:
    """Run the command without a terminal; return its output."""
    output = StringIO()
    call_command("zcrm_import", file, "--module", module, *words, stdout=output, stderr=output)
    return output.getvalue()


def fail_import(file: str, *words: str, module: str = "Leads") -> str:
    """Run the command, which fails; return its output."""
    output = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("zcrm_import", file, "--module", module, *words, stdout=output, stderr=output)
    return f"{output.getvalue()}{caught.value}"


def results(file: str) -> list[tuple[str, str, str]]:
    """Return line, outcome and error of each row of the result."""
    path = Path(file)
    with path.with_name(f"{path.stem}.result.csv").open(newline="") as source:
        return [(row["line"], row["outcome"], row["error"]) for row in csv.DictReader(source)]


def names(zoho: SiteEmulator, module: str = "Leads") -> list[Any]:
    return [record["Last_Name"] for record in zoho.records(module)]


def make_csv(count: int) -> str:
    """Return the text of a file of so many rows, of which one in seven lacks its name."""
    rows = (
        f"Lead {number},{number}@x.example\n" if number % 7 else f",{number}@x.example\n"
        for number in range(count)
    )
    return "Last_Name,Email\n" + "".join(rows)
