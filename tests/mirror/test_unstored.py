"""Records that cannot be stored are counted exactly, and not hidden by a healthy mirror."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from django_zcrm.mirror import health, tenants
from django_zcrm.mirror.health_state import health_of
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, UnstoredRecord
from django_zcrm.mirror.planning import problems
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.admin_pages import page, staff
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

SAMPLE, COUNT = 2, 5


@pytest.fixture(autouse=True)
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that keeps few reasons."""
    monkeypatch.setattr(problems, "MAX_PROBLEMS", SAMPLE)


@pytest.fixture
def leads(zcrm_emulator: SiteEmulator) -> list[str]:
    """The ids of leads in Zoho that do not fit, next to one that does."""
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="short")
    long = zcrm_emulator.create("Leads", COUNT, Last_Name="Fox", Company="C" * 150)
    zcrm_emulator.advance(minutes=10)
    return [str(lead["id"]) for lead in long]


@pytest.fixture
def narrow() -> Iterator[None]:
    """A column that is shorter than Zoho's values."""
    field = Lead._meta.get_field("company")
    field.max_length = 100
    yield
    field.max_length = 200


@pytest.fixture
def mirror(connection: Connection, leads: list[str], narrow: None) -> Mirror:
    """A mirror after its initial sync."""
    mirror = Mirror(Lead, connection)
    mirror.sync()
    return mirror


def count(mirror: Mirror) -> int:
    stored = UnstoredRecord.objects.filter(mirror=mirror.state).count()
    assert mirror.status().unstored == stored
    return stored


def test_initial_sync_counts_all_and_keeps_some_reasons(mirror: Mirror) -> None:
    status = mirror.status()
    assert (count(mirror), len(status.problems)) == (COUNT, SAMPLE)
    assert not status.is_in_sync
    assert Lead.objects.count() == 1


def test_record_that_fails_again_is_counted_once(
    zcrm_emulator: SiteEmulator, mirror: Mirror, leads: list[str]
) -> None:
    records = zcrm_emulator.client().records
    for number in range(2):
        records.update_one("Leads", leads[-1], {"Company": "D" * (150 + number)})
        mirror.sync()
        assert count(mirror) == COUNT
    for _ in range(2):
        records.create_one("Leads", {"Last_Name": "Wolf", "Company": "E" * 150})
        mirror.sync()
    assert count(mirror) == COUNT + 2


def test_changed_record_that_fits_is_no_longer_counted(
    zcrm_emulator: SiteEmulator, mirror: Mirror, leads: list[str]
) -> None:
    for left, zoho_id in enumerate(reversed(leads)):
        zcrm_emulator.client().records.update_one("Leads", zoho_id, {"Company": "short"})
        mirror.sync()
        assert count(mirror) == COUNT - left - 1
    assert mirror.status().problems == {}
    assert mirror.status().is_in_sync


def test_comparison_after_column_is_widened_counts_down(
    zcrm_emulator: SiteEmulator, mirror: Mirror
) -> None:
    stored = str(Lead.objects.get().zoho_id)
    zcrm_emulator.client().records.update_one("Leads", stored, {"Company": "C" * 150})
    mirror.sync()
    assert count(mirror) == COUNT + 1
    Lead._meta.get_field("company").max_length = 200
    mirror.reconcile()
    assert (count(mirror), mirror.status().problems) == (0, {})
    assert health_of(mirror.state).kind == "good"
    assert Lead.objects.filter(company="C" * 150).count() == COUNT + 1


def test_comparison_reads_failed_record_whose_row_is_as_new(mirror: Mirror) -> None:
    UnstoredRecord.objects.create(mirror=mirror.state, zoho_id=str(Lead.objects.get().zoho_id))
    mirror.reconcile()
    assert (count(mirror), len(mirror.status().problems)) == (COUNT, SAMPLE)


def test_deleted_record_is_no_longer_counted(
    zcrm_emulator: SiteEmulator, mirror: Mirror, leads: list[str]
) -> None:
    zcrm_emulator.client().records.delete_one("Leads", leads[0])
    zcrm_emulator.advance(minutes=10)
    mirror.sync()
    assert count(mirror) == COUNT - 1
    zcrm_emulator.org.records.table("Leads").remove(leads[1])  # Zoho lists no deletion of it
    mirror.reconcile()
    assert count(mirror) == COUNT - 2


def test_initial_sync_starts_counting_again(mirror: Mirror) -> None:
    UnstoredRecord.objects.create(mirror=mirror.state, zoho_id="no id")
    mirror.restart_initial_sync()
    assert count(mirror) == COUNT


def test_health_shows_exact_count(mirror: Mirror, connection: Connection) -> None:
    words = f"{COUNT} records could not be stored"
    section = health.section()
    assert (section.condition.kind, section.figures["unstored"]) == ("wait", COUNT)
    entry = next(entry for entry in section.entries if entry.name == str(mirror.state))
    assert (entry.condition.kind, entry.condition.words) == ("wait", words)
    assert "exceeds its maximum length" in entry.error
    out = StringIO()
    call_command("zcrm_status", stdout=out, no_color=True)
    assert words in out.getvalue()
    err = StringIO()
    call_command("zcrm_sync", "Leads", stdout=StringIO(), stderr=err, no_color=True)
    assert f"{words}:" in err.getvalue()


def test_module_of_fleet_shows_exact_count(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MAX_CONNECTIONS", 0)
    (entry,) = (entry for entry in health.section().entries if entry.name == "Leads")
    assert entry.condition.kind == "wait"
    assert entry.condition.words == f"{COUNT} records could not be stored"


def test_admin_shows_exact_count(mirror: Mirror, client: Client) -> None:
    staff(client, "view_mirrorstate")
    for url in (
        page("mirrorstate_changelist"),
        page("mirrorstate_change", mirror.state.pk),
    ):
        text = client.get(url).content.decode()
        assert f"{COUNT} records could not be stored" in text


def test_forgotten_mirror_leaves_no_count(mirror: Mirror) -> None:
    assert tenants.forget_mirror(mirror.state)
    assert not UnstoredRecord.objects.exists()
    assert not MirrorState.objects.exists()
