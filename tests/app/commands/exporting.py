"""Runs zcrm_export, and reads what it wrote."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

Rows = list[dict[str, Any]]


def export(*words: str) -> str:
    """Run the command; return what it wrote to standard output."""
    said = io.StringIO()
    call_command("zcrm_export", *words, stdout=said, stderr=io.StringIO())
    return said.getvalue()


def refused(*words: str) -> str:
    """Run the command, which fails; return everything it said."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("zcrm_export", *words, stdout=said, stderr=said)
    return f"{said.getvalue()}{caught.value}"


def rows_of(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read(path: Path) -> Rows:
    return rows_of(path.read_bytes().decode())
