"""A connected emulator with leads, and a function that writes files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer import exporting
from tests.app.commands.exporting import Rows


@pytest.fixture
def zoho(zcrm_emulator: SiteEmulator) -> SiteEmulator:
    zcrm_emulator.connect()
    return zcrm_emulator


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a file and returns its name."""

    def write(text: str | bytes, name: str = "leads.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(path)

    return write


@pytest.fixture
def leads(zoho: SiteEmulator) -> Rows:
    """Make 25 leads, numbered."""
    return zoho.create(
        "Leads",
        25,
        Last_Name=lambda number: f"Lead {number}",
        Company=lambda number: "Acme" if number % 2 else "Globex, Inc.",
        Annual_Revenue=lambda number: number * 1000.5,
        Email_Opt_Out=lambda number: number % 5 == 0,
        Created_Time=lambda number: f"2026-03-{number + 1:02}T12:00:00+00:00",
    )


@pytest.fixture
def many_leads(zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make 400 leads, two pages of a list, and read them 40 at a time; return their names."""
    monkeypatch.setattr(exporting, "CHUNK", 40)
    made = zoho.create("Leads", 400, Last_Name=lambda number: f'Lead {number}\n,"')
    return [lead["Last_Name"] for lead in made]
