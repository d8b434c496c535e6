"""Changes that failed, and whose row has got another record since, perhaps sent again."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import ModuleMetadata, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.metadata import without_field
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    pull,
    pull_lead,
    push_all,
    save_company,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def test_failed_creation_is_not_sent_to_the_record_that_its_row_got_since(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Zoho")
    lead = Lead.objects.create(name="New", company="Local", connection=connection)
    zcrm_emulator.fail_next("records.create", status=400, code="INVALID_DATA")
    assert send().failed == 1
    Lead.objects.update(zoho_id=record["id"])
    pull(zcrm_emulator, connection)
    lead = Lead.objects.get()
    lead.name = "Wolf"
    lead.save()
    assert send().done == 1
    sent = zcrm_emulator.record("Leads", record["id"])
    assert sent is not None
    assert (sent["Last_Name"], sent["Company"]) == ("Wolf", "Zoho")


def test_deletion_retried_after_another_row_with_its_key_failed_is_sent_alone(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    former = pull_lead(zcrm_emulator, connection)
    lead = Lead(pk=former.pk, connection=connection, name="Lynx", company="Brook")
    former.delete()
    zcrm_emulator.fail_next("records.delete", status=400, code="INVALID_DATA")
    send()
    lead.save()
    zcrm_emulator.fail_next("records.create", status=400, code="INVALID_DATA")
    send()
    lead.company = "Creek"
    lead.save()
    OutboxItem.objects.filter(operation="delete").retry()
    for _ in range(2):
        send()
    records = zcrm_emulator.records("Leads")
    assert [(record["Last_Name"], record["Company"]) for record in records] == [("Lynx", "Creek")]


@pytest.mark.parametrize("is_kept", [False, True], ids=["deleted", "kept"])
def test_deletion_retried_after_a_change_of_the_next_record_is_sent_alone(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_kept: bool
) -> None:
    former = pull_lead(zcrm_emulator, connection)
    lead = Lead(pk=former.pk, connection=connection, name="Lynx")
    former.delete()
    zcrm_emulator.fail_next("records.delete", status=400, code="INVALID_DATA")
    send()
    lead.save()
    assert send().done == 1
    lead = Lead.objects.get()
    lead.company = "Creek"
    lead.save()
    if not is_kept:
        lead.delete()
    OutboxItem.objects.filter(operation="delete").retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == (["Creek"] if is_kept else [])


def test_change_retried_after_a_user_set_its_field_back_is_not_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    assert OutboxItem.objects.discard() == 1
    save_company(lead, "Acme")
    assert send().done == 1
    assert OutboxItem.objects.filter(state=State.DISCARDED).retry() == 1
    send()
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"
    assert Lead.objects.get().company == "Acme"


@pytest.mark.parametrize("code", ["", "NO_PERMISSION", "INVALID_DATA"])
def test_change_retried_after_its_field_was_set_back_beside_another_change_is_not_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, code: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    assert OutboxItem.objects.discard() == 1
    lead.name = "Lynx"
    save_company(lead, "Acme")
    if code:
        zcrm_emulator.fail_next("records.update", status=400, code=code)
    send()
    assert OutboxItem.objects.filter(state=State.DISCARDED).retry() == 1
    for _ in range(2):
        OutboxItem.objects.open().update(due=timezone.now())
        send()
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"
    assert Lead.objects.get().company == "Acme"
    assert not OutboxItem.objects.open().exists()


def test_deletion_after_a_retried_change_of_a_creation_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", connection=connection)
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.create", status=400, code="INVALID_DATA")
    assert send().failed == 1
    assert OutboxItem.objects.discard() == 1
    save_company(lead, "Creek")
    assert send().done == 1
    pull(zcrm_emulator, connection)
    assert OutboxItem.objects.filter(state=State.DISCARDED).retry() == 1
    Lead.objects.get().delete()
    send()
    assert zcrm_emulator.records("Leads") == []


def test_change_after_a_retried_creation_of_a_row_with_a_record_is_compared_with_zoho(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", connection=connection)
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.create", status=400, code="INVALID_DATA")
    assert send().failed == 1
    assert OutboxItem.objects.discard() == 1
    lead.name = "Lynx"
    lead.save()
    assert send().done == 1
    lead = Lead.objects.get()
    save_company(lead, "Creek")
    change_in_zoho(zcrm_emulator, lead, Company="Delta")
    assert OutboxItem.objects.filter(state=State.DISCARDED).retry() == 1
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"
    assert OutboxItem.objects.get(state=State.CONFLICT).conflict["Company"]["local"] == "Creek"


@pytest.mark.parametrize("code", ["", "INVALID_DATA"])
def test_retry_sends_a_value_that_a_user_saved_again_last(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, code: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    if code:
        zcrm_emulator.fail_next("records.update", status=400, code=code)
        assert send().failed == 1
    else:
        OutboxItem.objects.discard()
    save_company(lead, "Creek")
    save_company(lead, "Brook")
    assert send().done == 1
    OutboxItem.objects.filter(state__in=[State.FAILED, State.DISCARDED]).retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Brook"
    Mirror(Lead, connection).sync()
    assert Lead.objects.get().company == "Brook"


@pytest.mark.parametrize("name", ["Fox", "Lynx"])
def test_retried_creation_has_the_values_that_were_set_back_after_it(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, name: str
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", connection=connection)
    zcrm_emulator.fail_next("records.create", code="NO_PERMISSION")
    send()
    save_company(lead, "Brook")
    lead.name = name
    save_company(lead, "Acme")
    creations = OutboxItem.objects.filter(operation="create")
    assert creations.discard() == 1
    send()
    creations.retry()
    push_all(send)
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]


def test_change_retried_after_its_row_was_deleted_and_saved_again_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.update", status=400, code="INVALID_DATA")
    assert send().failed == 1
    other = Lead.objects.get()
    Lead.objects.get().delete()
    for name in ("Lynx", "Fox"):
        other.name = name
        other.save()
    send()
    OutboxItem.objects.filter(state=State.FAILED).retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, other) == "Brook"


def test_change_retried_after_an_older_one_that_it_had_replaced_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Old")
    OutboxItem.objects.discard()
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.update", drop="before")
    assert send().in_doubt == 1
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    OutboxItem.objects.filter(state=State.IN_DOUBT).discard()
    lead.name = "Lynx"
    lead.save()
    send()
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Brook"


@pytest.mark.parametrize("drop", ["", "after"])
def test_retry_still_shows_the_value_of_the_site_if_zoho_has_what_the_function_chose(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any, drop: str
) -> None:
    policy(lambda field, base, local, zoho: zoho if "+" in str(zoho) else f"{local}+{zoho}")
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    if drop:
        zcrm_emulator.fail_next("records.update", drop=drop)
    else:
        zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
    send()
    if not drop:
        change_in_zoho(zcrm_emulator, lead, Company="Brook+Creek")
    push_all(send)
    OutboxItem.objects.filter(state=State.CONFLICT).retry()
    push_all(send)
    item = OutboxItem.objects.get(state=State.CONFLICT)
    assert item.conflict["Company"].items() >= {"local": "Brook", "zoho": "Brook+Creek"}.items()


def test_retried_older_value_does_not_replace_the_one_that_lost_to_zoho(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Old")
    OutboxItem.objects.discard()
    lead.name = "Lynx"
    save_company(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
    send()
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    lead = Lead.objects.get()
    lead.name = "Fox"
    lead.save()
    push_all(send)
    item = OutboxItem.objects.get(state=State.CONFLICT)
    assert item.conflict["Company"]["local"] == "Brook"


@pytest.mark.parametrize("is_retried", [True, False])
def test_creation_does_not_get_emptied_values_of_discarded_ones(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_retried: bool
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", company="Acme")
    creation = OutboxItem.objects.filter(pk=OutboxItem.objects.get().pk)
    lead.company = "Brook"
    lead.save()  # an update that is not discarded
    creation.discard()
    lead.company = ""
    lead.save()
    if is_retried:
        assert creation.retry() == 1
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == [None]
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().company == ""


@pytest.mark.parametrize("is_discarded", [True, False])
def test_retried_update_is_sent_with_the_creation_of_its_row(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    is_discarded: bool,
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox")
    save_company(lead, "Acme")
    update = OutboxItem.objects.filter(operation="update")
    lead.name = "Wolf"
    lead.save()  # a change that the creation is merged into
    zcrm_emulator.fail_next("records.create", status=400, code="INVALID_DATA")
    if is_discarded:
        assert update.filter(changed__has_key="Company").discard() == 1
        send()
    else:
        with monkeypatch.context() as patch:
            without_field(zcrm_emulator, patch, "Leads", "Company")
            send()
        ModuleMetadata.objects.all().delete()  # as if they were old enough to be read again
    assert values_in_zoho(zcrm_emulator, "Company") == []
    assert OutboxItem.objects.retry() == 2
    push_all(send)
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]
