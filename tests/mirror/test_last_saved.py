"""A retried change sends the values that users saved last, whatever it is merged with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone

from django_zcrm.mirror.leased_mirror import LeasedMirror
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push import outbox
from django_zcrm.mirror.push.changes import Change
from django_zcrm.mirror.push.conflicts import check_conflicts
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    latest,
    pull,
    pull_lead,
    push_all,
    save_company,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State
Refuse = Callable[[str], None]


@pytest.fixture
def refuse(zcrm_emulator: SiteEmulator, send: Send) -> Refuse:
    """Send what is due; Zoho refuses the next update with a code."""

    def do(code: str) -> None:
        zcrm_emulator.fail_next("records.update", status=400, code=code)
        send()

    return do


@pytest.mark.parametrize("code", ["INVALID_DATA", "NO_PERMISSION"])
def test_value_saved_after_its_field_was_set_back_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, refuse: Refuse, code: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    lead.name = "Bad"
    save_company(lead, "Acme")
    refuse(code)
    lead.revenue = 5
    save_company(lead, "Delta")
    retried = latest()
    if code == "INVALID_DATA":
        refuse(code)
    else:
        retried.discard()
    lead.name = "Good"
    lead.save()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"
    assert retried.retry() == 1
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


def test_value_saved_after_a_change_that_was_taken_back_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    for company in ("Brook", "Acme", "Delta"):
        save_company(lead, company)
    retried = latest()
    retried.discard()
    lead.name = "Lynx"
    lead.save()
    push_all(send)
    retried.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


@pytest.mark.parametrize("way", ["sent", "set in Zoho", "waiting"])
def test_value_is_sent_although_an_older_one_was_merged_into_a_later_change(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, refuse: Refuse, way: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    lead.revenue = 5
    save_company(lead, "Brook")
    refuse("NO_PERMISSION")
    save_company(lead, "Delta")
    retried = latest()
    retried.discard()
    if way == "set in Zoho":
        change_in_zoho(zcrm_emulator, lead, Company="Brook")
    lead.name = "Lynx"
    lead.save()
    OutboxItem.objects.open().update(due=timezone.now())
    if way == "waiting":
        refuse("NO_PERMISSION")
    else:
        push_all(send)
        assert company_in_zoho(zcrm_emulator, lead) == "Brook"
    retried.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"
    OutboxItem.objects.exclude(state=State.DONE).retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


@pytest.mark.parametrize("count", [1, 2])
def test_stale_instance_of_a_row_whose_creation_had_a_later_value_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, count: int
) -> None:
    lead = Lead.objects.create(name="Fox", connection=connection)
    stale = Lead.objects.get(pk=lead.pk)
    save_company(lead, "Brook")
    assert send().done == 1
    lead.refresh_from_db()
    for company in ("Creek", "Delta")[-count:]:
        save_company(stale, company)
    assert send().done == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


def test_zero_that_a_page_had_loaded_was_not_empty_before_the_creation(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", connection=connection)
    lead.revenue = 5
    lead.save()
    assert send().done == 1
    lead.refresh_from_db()
    change_in_zoho(zcrm_emulator, lead, Annual_Revenue=0)
    pull(zcrm_emulator, connection)
    stale = Lead.objects.get()
    assert stale.revenue == 0
    change_in_zoho(zcrm_emulator, lead, Annual_Revenue=5)
    stale.revenue = 7
    stale.save()
    assert send().conflicts == 1


@pytest.mark.parametrize("way", ["discarded", "refused"])
def test_value_that_was_set_back_is_omitted_although_a_later_one_was_not_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, refuse: Refuse, way: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    retried = latest()
    retried.discard()
    save_company(lead, "Acme")
    send()
    save_company(lead, "Delta")
    if way == "discarded":
        OutboxItem.objects.open().discard()
    else:
        refuse("INVALID_DATA")
    retried.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"


@pytest.mark.parametrize("is_refused", [False, True], ids=["in conflict", "refused"])
def test_retried_change_does_not_send_the_older_value_that_it_was_merged_with(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    refuse: Refuse,
    policy: Callable[[object], None],
    is_refused: bool,
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    refuse("NO_PERMISSION")
    save_company(lead, "Delta")
    later = latest()
    later.discard()
    lead.name = "Lynx"
    lead.save()
    OutboxItem.objects.open().update(due=timezone.now())
    merged = latest()
    if is_refused:
        refuse("INVALID_DATA")
    else:
        change_in_zoho(zcrm_emulator, lead, Company="Zoho")
        push_all(send)
        assert merged.get().state == State.CONFLICT
    later.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"
    merged.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("last", ["Acme", "Delta"])
def test_value_saved_after_a_discarded_change_in_doubt_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, drop: str, last: str
) -> None:
    """Zoho may have the value of the discarded change, or the one before."""
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.update", drop=drop)
    assert send().in_doubt == 1
    discarded = latest()
    discarded.discard()
    save_company(lead, last)
    discarded.retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == last
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {State.DONE}


def test_value_that_a_retried_change_had_never_sent_is_not_replaced_unseen(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    policy: Callable[[object], None],
) -> None:
    policy("merge")
    lead = pull_lead(zcrm_emulator, connection)
    lead.name = "Lynx"
    save_company(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    send()
    OutboxItem.objects.filter(state=State.CONFLICT).retry()
    save_company(Lead.objects.get(), "Delta")
    change_in_zoho(zcrm_emulator, lead, Company="Brook")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Brook"


@pytest.mark.parametrize("is_new", [False, True], ids=["update", "creation"])
def test_change_that_is_retried_while_a_later_one_is_prepared_does_not_replace_it(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    is_new: bool,
) -> None:
    if is_new:
        lead = Lead.objects.create(name="Fox", company="Brook", connection=connection)
    else:
        lead = pull_lead(zcrm_emulator, connection)
        save_company(lead, "Brook")
    discarded = latest()
    discarded.discard()
    save_company(lead, "Delta")

    def retry_and_check(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
        monkeypatch.undo()
        discarded.retry()
        return check_conflicts(mirror, changes)

    monkeypatch.setattr(outbox, "check_conflicts", retry_and_check)
    push_all(send)
    lead.refresh_from_db()
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {State.DONE}
