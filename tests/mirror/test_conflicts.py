"""Both sides change a record: the table of outcomes in docs/howto/mirror-push.md, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.outbox.serializers import serialize, serialize_record
from django_zcrm.mirror.planning.conflicts import decide
from django_zcrm.mirror.values import columns_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.errors import Limited
from tests.mirror.pushing import Send, pull, pull_lead
from tests.mirror.shop.models import Deal, Lead

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "mirror-push.md"
NAMES = {"name": "Last_Name", "company": "Company", "source": "Lead_Source"}
BEFORE = {"name": "Before", "company": "Before", "source": "Employee Referral"}
HERE = {"name": "Here", "company": "Here", "source": "Trade Show"}
ZOHO = {"name": "Zoho", "company": "Zoho", "source": "Partner"}


def cases() -> list[Any]:
    """The cells of the table: what was changed here and there, the policy, and the outcome."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    start = next(at for at, cells in enumerate(lines) if cells[0] == "changed here")
    policies = [cell.replace("`", "") for cell in lines[start][2:]]
    conflicts = []
    for cells in lines[start + 2 :]:
        if len(cells) != len(policies) + 2:
            break
        for policy, outcome in zip(policies, cells[2:], strict=True):
            name = f"{cells[0]} / {cells[1]} / {policy}"
            conflicts.append(pytest.param(cells[0], cells[1], policy, outcome, id=name))
    return conflicts


@pytest.fixture
def lead(zcrm_emulator: SiteEmulator, connection: Connection) -> Lead:
    """A lead that is in Zoho and here."""
    values: dict[str, Any] = {NAMES[name]: BEFORE[name] for name in NAMES}
    row = pull_lead(zcrm_emulator, connection, **values)
    zcrm_emulator.advance(minutes=1)
    return row


def test_table_of_outcomes_has_every_case() -> None:
    assert len(cases()) == 35


@pytest.mark.parametrize(("here", "there", "who", "outcome"), cases())
def test_conflict_has_the_outcome_of_the_table(
    zcrm_emulator: SiteEmulator,
    lead: Lead,
    send: Send,
    policy: Any,
    here: str,
    there: str,
    who: str,
    outcome: str,
) -> None:
    policy(who.partition(",")[0])
    change_in_zoho(zcrm_emulator, lead, there)
    if who == "newest, here later":
        zcrm_emulator.advance(minutes=1)
    change_here(lead, here)
    if who == "newest, Zoho later":
        OutboxItem.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    send()
    item = OutboxItem.objects.get()
    record = zcrm_emulator.record("Leads", lead.zoho_id or "")
    if outcome == "deleted":
        assert record is None
        assert item.state == ("conflict" if there == "deleted" else "done")
        return
    expected = dict(part.split(": ") for part in outcome.split(", "))
    values = {"here": HERE, "Zoho": ZOHO, "before": BEFORE}
    for name, side in expected.items():
        assert record is not None
        assert record[NAMES[name]] == values[side][name], name
    # The row has the same values once the record has been read.
    pull(zcrm_emulator, lead.connection)
    row = Lead.objects.get()
    for name, side in expected.items():
        assert getattr(row, name) == values[side][name], name
    clashes = "name" in there and "same" not in there
    assert item.state == ("conflict" if clashes else "done")
    assert bool(item.conflict) is clashes


def change_here(lead: Lead, what: str) -> None:
    """Change fields of the row, or delete it."""
    if what == "deleted":
        Lead.objects.get(pk=lead.pk).delete()
        return
    for name in what.split(", "):
        setattr(lead, name, HERE[name])
    lead.save()


def change_in_zoho(zoho: SiteEmulator, lead: Lead, what: str) -> None:
    """Change fields of the record, or delete it."""
    records, zoho_id = zoho.client().records, lead.zoho_id or ""
    if what == "deleted":
        records.delete_one("Leads", zoho_id)
    elif what == "name, to the same":
        records.update_one("Leads", zoho_id, {"Last_Name": HERE["name"]})
    elif what != "nothing":
        records.update_one("Leads", zoho_id, {NAMES[name]: ZOHO[name] for name in what.split(", ")})


def test_lost_value_is_kept_in_the_conflict(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send
) -> None:
    change_in_zoho(zcrm_emulator, lead, "name")
    change_here(lead, "name, company")
    assert send().conflicts == 1
    item = OutboxItem.objects.get()
    assert item.conflict == {
        "Last_Name": {"base": "Before", "local": "Here", "zoho": "Zoho", "kept": "zoho"},
        "Company": {"base": "Before", "local": "Here", "zoho": "Before", "kept": "zoho"},
    }
    assert Lead.objects.get().name == "Zoho"


def test_values_that_lost_their_record_join_those_of_earlier_conflict(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, policy: Any
) -> None:
    policy("merge")
    change_in_zoho(zcrm_emulator, lead, "name")
    change_here(lead, "name, company")
    zcrm_emulator.fail_next("records.update", times=None, code="TOO_MANY_REQUESTS", status=429)
    with pytest.raises(Limited):
        send()
    zcrm_emulator.stop_failing()
    zcrm_emulator.hide(str(lead.zoho_id))
    OutboxItem.objects.update(due=timezone.now())

    assert send().conflicts == 1

    item = OutboxItem.objects.get()
    assert "no longer in Zoho" in str(item.error)
    assert item.conflict == {
        "Last_Name": {"base": "Before", "local": "Here", "zoho": "Zoho", "kept": "zoho"},
        "Company": {"base": "Before", "local": "Here", "zoho": None, "kept": "zoho"},
    }


def test_conflict_of_a_lost_record_has_the_value_saved_last(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, policy: Any
) -> None:
    policy("local_wins")
    change_in_zoho(zcrm_emulator, lead, "name")
    change_here(lead, "name")
    zcrm_emulator.fail_next("records.update", drop="before")
    assert send().in_doubt == 1
    lead.name = "Later"
    lead.save()
    zcrm_emulator.hide(str(lead.zoho_id))

    assert send().conflicts == 1

    item = OutboxItem.objects.latest("pk")
    assert item.conflict == {
        "Last_Name": {"base": "Before", "local": "Later", "zoho": "Zoho", "kept": "zoho"}
    }


def test_all_values_that_lost_to_a_change_are_kept(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, policy: Any
) -> None:
    policy("local_wins")
    change_here(lead, "name")
    records, zoho_id = zcrm_emulator.client().records, str(lead.zoho_id)
    records.update_one("Leads", zoho_id, {"Last_Name": "First"})
    zcrm_emulator.fail_next("records.update", drop="after")
    assert send().in_doubt == 1
    records.update_one("Leads", zoho_id, {"Last_Name": "Second"})

    assert send().conflicts == 1

    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Here"
    both = OutboxItem.objects.get().conflict["Last_Name"]
    assert (both["earlier"], both["zoho"], both["kept"]) == (["First"], "Second", "local")


def test_other_field_that_zoho_changed_is_read_after_record_was_hidden(
    zcrm_emulator: SiteEmulator, connection: Connection, lead: Lead, send: Send
) -> None:
    change_in_zoho(zcrm_emulator, lead, "company")
    change_here(lead, "name")
    assert send().done == 1
    zcrm_emulator.hide(str(lead.zoho_id))
    mirror = Mirror(Lead, connection)
    zcrm_emulator.advance(minutes=10)
    mirror.sync()

    zcrm_emulator.hide()
    mirror.reconcile()

    row = Lead.objects.get()
    assert (row.name, row.company) == ("Here", "Zoho")
    assert row.zoho_modified_time is not None


def test_update_of_found_record_that_cannot_be_read_keeps_its_row_without_time(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.create(name="Here", email="fox@example.com")
    zcrm_emulator.create("Leads", Last_Name="Fox", Email="fox@example.com", Company="Acme")
    zcrm_emulator.lag(rows=3600)
    assert send().done == 1
    lead.refresh_from_db()
    lead.name = "Later"
    lead.save()
    assert send().done == 1
    zcrm_emulator.advance(minutes=10)
    mirror.sync()

    zcrm_emulator.lag(rows=0)
    mirror.reconcile()

    lead.refresh_from_db()
    assert (lead.name, lead.company) == ("Later", "Acme")
    assert lead.zoho_modified_time is not None


def test_conflict_with_function_uses_its_value(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, policy: Any
) -> None:
    calls: list[Any] = []

    def joined(field: str, base: Any, local: Any, zoho: Any) -> Any:
        calls.append((field, base, local, zoho))
        return f"{local} and {zoho}"

    policy(joined)
    change_in_zoho(zcrm_emulator, lead, "name")
    change_here(lead, "name, company")
    zcrm_emulator.fail_next("records.update", drop="before")  # the function is not called again
    send()
    send()
    assert calls == [("Last_Name", "Before", "Here", "Zoho")]
    (record,) = zcrm_emulator.records("Leads")
    assert (record["Last_Name"], record["Company"]) == ("Here and Zoho", "Here")
    assert OutboxItem.objects.get().conflict["Last_Name"]["kept"] == "value"


def test_conflict_with_failing_function_is_retried(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, policy: Any
) -> None:
    policy(lambda field, base, local, zoho: local / zoho)
    change_in_zoho(zcrm_emulator, lead, "name")
    change_here(lead, "name")
    assert send().later == 1
    assert "TypeError" in OutboxItem.objects.get().error
    policy("local_wins")
    assert send().conflicts == 1
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Here"


def test_field_without_base_is_sent() -> None:
    decision = decide("zoho_wins", {"a": 1}, {}, {"a": 2}, is_zoho_newer=True)
    assert (decision.send, decision.lost) == ({"a": 1}, {})


def test_moment_is_the_same_in_every_time_zone() -> None:
    column = next(one for one in columns_of(Deal) if one.attribute == "last_activity")
    there = serialize_record([column], {column.zoho_name: "2026-11-26T18:00:00+08:00"})
    here = serialize(Deal, column, datetime(2026, 11, 26, 10, tzinfo=UTC), {}, 1)
    assert there == {column.zoho_name: here}


def test_naive_moment_is_sent_as_saved_whatever_time_zone_is_active() -> None:
    column = next(one for one in columns_of(Deal) if one.attribute == "last_activity")
    with timezone.override("Asia/Singapore"):
        sent = serialize(Deal, column, datetime(2026, 11, 26, 10), {}, 1)
    saved = datetime(2026, 11, 26, 10, tzinfo=timezone.get_default_timezone())
    assert datetime.fromisoformat(sent) == saved
