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
    output = io.StringIO()
    call_command("zcrm_export", *words, stdout=output, stderr=io.StringIO())
    return output.getvalue()


def fail_export(*words: str) -> str:
    """Run the command, which fails; return its output."""
    output = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("zcrm_export", *words, stdout=output, stderr=output)
    return f"{output.getvalue()}{caught.value}"


def rows_of(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read(path: Path) -> Rows:
    return rows_of(path.read_bytes().decode())
