"""The option `extra`: a column with the values of all other custom fields of an organisation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import ModuleMetadata
from django_zcrm.mirror.pull import files
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.query.compile.query import UNLISTED_TYPES
from tests.mirror.metadata import add_field, without_field
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

VALUES: dict[str, tuple[str, Any]] = {
    "Nickname": ("text", "Füchsin"),
    "Notes": ("textarea", "line 1\nline 2"),
    "Count": ("integer", 7),
    "Digits": ("bigint", "9007199254740991"),
    "Ratio": ("double", 0.25),
    "Price": ("currency", 12.5),
    "Is_Vip": ("boolean", True),
    "Is_Old": ("boolean", False),
    "Day": ("date", "2026-02-03"),
    "Moment": ("datetime", "2026-02-03T04:05:06+00:00"),
    "Empty": ("text", None),
}
"""A custom field of each type, and its value."""


@pytest.fixture(autouse=True)
def extra(declare: Any) -> None:
    """Let `Lead.details` hold the other custom fields."""
    declare(Lead, extra="details")


@pytest.fixture
def own(zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch) -> frozenset[str]:
    """The custom fields that the emulator has; those of `VALUES` are added."""
    fields = zcrm_emulator.org.metadata.modules["Leads"].fields
    declared = set(Lead.Zoho.fields.values())
    for name, (data_type, _) in VALUES.items():
        add_field(zcrm_emulator, monkeypatch, "Leads", name, data_type=data_type)
    return frozenset(
        field.api_name
        for field in fields
        if field.custom and field.api_name not in declared and field.data_type not in UNLISTED_TYPES
    )


def sync_with_new_metadata(mirror: Mirror) -> None:
    """Sync as if a day had passed, so that metadata is read again."""
    ModuleMetadata.objects.update(read_at=timezone.now() - timedelta(days=1, minutes=1))
    mirror.sync()


def read_details(own: frozenset[str], name: str = "Fox") -> dict[str, Any]:
    details: dict[str, Any] = Lead.objects.get(name=name).details
    return {key: value for key, value in details.items() if key not in own}


@pytest.mark.parametrize("direct", [0, 2_000], ids=["bulk", "coql"])
def test_extra_holds_custom_fields_of_all_types(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    own: frozenset[str],
    direct: int,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", direct)
    values = {name: value for name, (_, value) in VALUES.items()}
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", **values)
    zcrm_emulator.advance(minutes=10)
    Mirror(Lead, connection).sync()
    details = Lead.objects.get().details
    assert details == {name: record[name] for name in (*VALUES, *own)}
    same = {name: value for name, value in values.items() if name != "Moment"}
    assert {name: details[name] for name in same} == same
    assert "Company" not in details


def test_extra_follows_changes_of_values(
    zcrm_emulator: SiteEmulator, connection: Connection, own: frozenset[str]
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Nickname="Red", Count=1)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.advance(minutes=10)
    changes = {"Nickname": None, "Count": 2, "Is_Vip": True}
    zcrm_emulator.client().records.update_one("Leads", record["id"], changes)
    mirror.sync()
    details = read_details(own)
    assert (details["Nickname"], details["Count"], details["Is_Vip"]) == (None, 2, True)


@pytest.mark.parametrize("direct", [0, 2_000], ids=["bulk", "coql"])
def test_custom_field_that_appears_is_filled_for_all_rows(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    own: frozenset[str],
    direct: int,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", direct)
    zcrm_emulator.create("Leads", Last_Name="Fox", Nickname="Red")
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Nickname")
        mirror = Mirror(Lead, connection)
        mirror.sync()
        assert "Nickname" not in read_details(own)
    zcrm_emulator.advance(minutes=10)
    sync_with_new_metadata(mirror)
    details = read_details(own)
    assert set(details) == set(VALUES)
    assert details["Nickname"] == "Red"


def test_custom_field_that_vanishes_is_removed_from_all_rows(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    own: frozenset[str],
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Nickname="Red", Count=1)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    without_field(zcrm_emulator, monkeypatch, "Leads", "Nickname")
    zcrm_emulator.advance(minutes=10)
    mirror.sync()
    details = read_details(own)
    assert set(details) == set(VALUES) - {"Nickname"}
    assert details["Count"] == 1
    assert mirror.status().missing == ()


def test_last_custom_field_that_vanishes_leaves_no_values(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    own: frozenset[str],
) -> None:
    for name in {*own, *VALUES} - {"Nickname"}:
        without_field(zcrm_emulator, monkeypatch, "Leads", name)
    zcrm_emulator.create("Leads", Last_Name="Fox", Nickname="Red")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    assert Lead.objects.get().details == {"Nickname": "Red"}
    without_field(zcrm_emulator, monkeypatch, "Leads", "Nickname")
    zcrm_emulator.advance(minutes=10)
    zcrm_emulator.create("Leads", Last_Name="Wolf")
    mirror.sync()
    sync_with_new_metadata(mirror)
    assert dict(Lead.objects.values_list("name", "details")) == {"Fox": {}, "Wolf": {}}


def test_details_changed_here_are_not_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, own: frozenset[str]
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Nickname="Red")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    lead.details = {**lead.details, "Nickname": "Grey"}
    lead.save()
    mirror.sync()
    now = zcrm_emulator.record("Leads", record["id"])
    assert now is not None
    assert now["Nickname"] == "Red"
