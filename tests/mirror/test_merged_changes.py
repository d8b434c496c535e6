"""Several unsent changes of a row are one: the last save counts, unless nobody saw Zoho's value."""

from __future__ import annotations

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    fail_reading,
    pull,
    pull_lead,
    save_company,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.fixture
def requests(zcrm_emulator: SiteEmulator, connection: Connection) -> tuple[Lead, Lead]:
    """Two requests that read a lead before and after Zoho changed its company."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    pull(zcrm_emulator, connection)
    return lead, Lead.objects.get()


@pytest.mark.parametrize("company", ["Creek", "Acme"])
def test_last_save_of_several_counts_if_one_of_their_users_read_zohos_value(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, company: str
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, company)
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, fresh) == company


@pytest.mark.parametrize("company", ["Brook", "Acme"])
def test_save_of_an_older_instance_counts_after_one_whose_user_read_zohos_value(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, company: str
) -> None:
    stale, fresh = requests
    save_company(fresh, "Creek")
    save_company(stale, "Brook")
    save_company(stale, company)
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, fresh) == company


def test_unsent_value_that_the_database_stores_in_another_form_is_in_no_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    field = Lead._meta.get_field("company")
    monkeypatch.setattr(field, "get_prep_value", lambda value: str(value).strip())
    save_company(lead, "Brook ")
    save_company(Lead.objects.get(), "Creek")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, lead) == "Creek"


def test_change_of_an_unsent_value_whose_user_read_that_of_zoho_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, "Creek")
    last = Lead.objects.get(pk=fresh.pk)
    save_company(Lead.objects.get(), "Estuary")
    fail_reading(zcrm_emulator, send)
    save_company(last, "Delta")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, fresh) == "Delta"


def test_value_that_none_of_several_requests_read_is_a_conflict(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, "Creek")
    change_in_zoho(zcrm_emulator, fresh, Company="Other")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, fresh) == "Other"


def test_former_value_that_others_restored_after_both_sides_agreed_is_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(lead, "Brook")
    lead.name = "Lynx"
    lead.save()
    change_in_zoho(zcrm_emulator, lead, Company="Brook", Last_Name="Lynx")
    send()
    pull(zcrm_emulator, connection)
    reader = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save_company(reader, "Creek")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"


@pytest.mark.parametrize("failures", [0, 1])
def test_row_that_was_deleted_after_a_request_that_read_zohos_value_is_deleted(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, failures: int
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, "Creek")
    fresh.delete()
    for _ in range(failures):
        fail_reading(zcrm_emulator, send)
    assert send().conflicts == 0
    assert not zcrm_emulator.records("Leads")


@pytest.mark.parametrize("code", ["INVALID_DATA", "NO_PERMISSION"])
@pytest.mark.parametrize("company", ["Delta", "Brook", "Acme"])
def test_former_value_that_others_restored_is_a_conflict_if_the_rest_was_not_sent(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    merge: None,
    code: str,
    company: str,
) -> None:
    """Zoho won the company, both sides agreed on it, or it was taken back."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(lead, "Brook")
    lead.company, lead.name = company, "Lynx"
    lead.save()
    if company != "Acme":
        change_in_zoho(zcrm_emulator, lead, Company="Brook")
    status = 400 if code == "INVALID_DATA" else 403
    zcrm_emulator.fail_next("records.update", status=status, code=code)
    send()
    if company == "Acme":
        change_in_zoho(zcrm_emulator, lead, Company="Brook")
    pull(zcrm_emulator, connection)
    reader = Lead.objects.get()
    assert reader.company == "Brook"
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save_company(reader, "Creek")
    OutboxItem.objects.open().update(due=timezone.now())
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"


def test_value_set_back_after_an_unsent_one_is_taken_back_if_nobody_read_zohos_value(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(Lead.objects.get(), "Brook")
    reader = Lead.objects.get()
    save_company(Lead.objects.get(), "Creek")
    fail_reading(zcrm_emulator, send)
    reader.name = "Lynx"
    save_company(reader, "Acme")
    change_in_zoho(zcrm_emulator, lead, Company="Other")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, lead) == "Other"
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Lynx"]
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().company == "Other"


@pytest.mark.parametrize("company", ["Creek", "Acme"])
def test_change_that_was_discarded_unread_and_retried_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, company: str
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, company)
    fail_reading(zcrm_emulator, send)
    assert OutboxItem.objects.discard() == 1
    assert OutboxItem.objects.filter(state=State.DISCARDED).retry() == 1
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, fresh) == company


def test_request_that_read_a_discarded_value_is_in_no_conflict_if_its_user_read_zohos(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save_company(stale, "Brook")
    save_company(fresh, "Creek")
    fail_reading(zcrm_emulator, send)
    assert OutboxItem.objects.discard() == 1
    save_company(Lead.objects.get(), "Delta")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, fresh) == "Delta"


@pytest.mark.parametrize("way", ["merged", "failed", "read in vain"])
def test_own_value_that_others_restored_is_a_conflict_if_users_had_read_another(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None, way: str
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", connection=connection)
    assert send().done == 1
    lead.refresh_from_db()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    pull(zcrm_emulator, connection)
    lead, other = Lead.objects.get(), Lead.objects.get()
    save_company(lead, "Brook")
    if way == "failed":
        zcrm_emulator.fail_next("records.update", status=400, code="INVALID_DATA")
        assert send().failed == 1
        lead = other
    save_company(lead, "Creek")
    if way == "read in vain":
        fail_reading(zcrm_emulator, send)
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"
