"""Fifty organisations, each with another set of fields, and some without the module."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from django_zcrm.mirror import health
from django_zcrm.mirror.health_state import health_of
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.metadata import add_field, without_field
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ORGANISATIONS, WITHOUT_MODULE = 50, 5

OPTIONAL: dict[str, tuple[str, Any, Any]] = {
    "Company": ("company", "Acme", ""),
    "Annual_Revenue": ("revenue", Decimal("12.50"), None),
    "No_of_Employees": ("no_of_employees", 7, None),
    "Email_Opt_Out": ("opted_out", True, False),
    "Lead_Source": ("source", "Advertisement", ""),
}
"""Fields that an organisation may lack: the column, a value, and the column's default."""


@pytest.fixture(autouse=True)
def extra(declare: Any) -> None:
    """Let `Lead.details` hold the custom fields."""
    declare(Lead, extra="details")


def find_lacking(number: int) -> set[str]:
    """Return the fields that an organisation lacks; the first 32 have all combinations."""
    return {name for bit, name in enumerate(OPTIONAL) if number >> bit & 1}


def add_tenant(zoho: SiteEmulator, patch: pytest.MonkeyPatch, number: int) -> Connection:
    """Add an organisation with its own custom field, and a lead."""
    tenant = zoho.add_organisation(f"tenant {number}")
    connection = tenant.connect(identifier=f"tenant {number}")
    if number >= ORGANISATIONS - WITHOUT_MODULE:
        patch.delitem(tenant.org.metadata.modules, "Leads")
        return connection
    lacking = find_lacking(number)
    for name in lacking:
        without_field(tenant, patch, "Leads", name)
    add_field(tenant, patch, "Leads", f"Own_{number}")
    values: dict[str, Any] = {f"Own_{number}": number * "x"}
    values |= {name: value for name, (_, value, _) in OPTIONAL.items() if name not in lacking}
    if "Annual_Revenue" in values:
        values["Annual_Revenue"] = 12.5
    tenant.create("Leads", Last_Name=f"Fox {number}", **values)
    return connection


def test_organisations_that_differ_are_mirrored_without_a_block(
    zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors = []
    for number in range(ORGANISATIONS):
        # Zoho keeps the last 20 refresh tokens of the user, so each mirror runs at once.
        mirror = Mirror(Lead, add_tenant(zcrm_emulator, monkeypatch, number))
        attempt(mirror.state)
        mirrors.append(mirror)
    blocked = MirrorState.objects.filter(phase="blocked")
    assert list(blocked.values_list("last_error", flat=True)) == []
    for number, mirror in enumerate(mirrors[:-WITHOUT_MODULE]):
        status, lacking = mirror.status(), find_lacking(number)
        assert (status.phase, status.last_error, status.unstored) == ("live", "", 0)
        assert set(status.missing) == lacking
        assert health_of(mirror.state).kind == ("wait" if lacking else "good")
        row = Lead.objects.get(connection=mirror.connection)
        assert row.name == f"Fox {number}"
        for name, (column, value, default) in OPTIONAL.items():
            assert getattr(row, column) == (default if name in lacking else value), name
        assert row.details[f"Own_{number}"] == (number * "x" or None)
        assert [name for name in row.details if name.startswith("Own_")] == [f"Own_{number}"]
    for mirror in mirrors[-WITHOUT_MODULE:]:
        assert mirror.status().phase == "unavailable"
        assert health_of(mirror.state).kind == "off"
        assert not Lead.objects.filter(connection=mirror.connection).exists()
    (entry,) = (entry for entry in health.section().entries if entry.name == "Leads")
    assert (entry.condition.kind, entry.condition.words) == ("good", "in sync")
