"""A change that cannot be sent for an external reason waits, and the status shows the reason."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.clients import client_for
from django_zcrm.exceptions import ZCRMError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.checks import check_match_on
from django_zcrm.mirror.health import section
from django_zcrm.mirror.models import MirrorState, ModuleMetadata, OutboxItem
from django_zcrm.mirror.push import changes
from django_zcrm.mirror.runners.watch import retry_settings
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.metadata import change_field
from tests.mirror.pushing import Send, calls, pull_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State

PASSING: dict[str, dict[str, Any]] = {
    "calls are limited": {"code": "TOO_MANY_REQUESTS"},
    "no slot or credits": {"status": 429},
    "a permission is missing": {"code": "NO_PERMISSION"},
    "a scope is missing": {"code": "OAUTH_SCOPE_MISMATCH"},
    "the module is hidden": {"code": "INVALID_MODULE"},
    "Zoho fails": {"code": "INTERNAL_ERROR"},
    "no response comes": {"drop": "before"},
}


ATTEMPTS = 5


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a change with a permanent error fail after fewer attempts than usual."""
    monkeypatch.setattr(changes, "MAX_ATTEMPTS", ATTEMPTS)


def send_often(send: Send, clock: Clock, times: int = ATTEMPTS + 3) -> None:
    """Try to send what the outbox holds, every hour."""
    for _ in range(times):
        with suppress(ZCRMError):
            send()
        clock.forward(hours=1)


@pytest.mark.parametrize("fault", PASSING)
def test_change_that_fails_for_hours_through_no_fault_of_its_own_is_sent_afterwards(
    zcrm_emulator: SiteEmulator, send: Send, clock: Clock, fault: str
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", times=None, **PASSING[fault])
    with suppress(ZCRMError):
        send()
    assert OutboxItem.objects.get().due > timezone.now() + timedelta(seconds=15)
    send_often(send, clock)
    item = OutboxItem.objects.get()
    assert item.state in OutboxItem.OPEN
    assert item.attempts == 0
    status = zcrm.mirror(Lead).status()
    assert (status.waiting, status.waiting_since) == (1, item.created_at)
    assert status.waiting_for == item.error != ""
    (entry,) = [entry for entry in section().entries if "Leads" in entry.name and entry.error]
    assert (entry.condition.kind, entry.error) == ("wait", item.error)
    zcrm_emulator.stop_failing()
    send()  # checks the change in doubt
    send()
    assert len(zcrm_emulator.records("Leads")) == 1
    assert OutboxItem.objects.get().state == State.DONE
    assert zcrm.mirror(Lead).status().waiting == 0


def test_token_throttle_for_hours_fails_no_change(
    zcrm_emulator: SiteEmulator, send: Send, clock: Clock
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.expire_access_tokens()
    zcrm_emulator.fail_next("oauth.token", throttle=400, times=None)
    send_often(send, clock)
    item = OutboxItem.objects.get()
    assert (item.state, item.attempts) == (State.NEW, 0)
    zcrm_emulator.stop_failing()
    clock.forward(hours=1)
    assert send().done == 1


def test_change_of_a_locked_record_waits_without_limit(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, clock: Clock
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    lead.company = "Zenith"
    lead.save()
    zcrm_emulator.fail_next("records.update", times=None, bad_item=0, code="RECORD_LOCKED")
    send_often(send, clock)
    item = OutboxItem.objects.get()
    assert (item.state, item.attempts) == (State.NEW, 0)
    zcrm_emulator.stop_failing()
    assert send().done == 1


def test_wrong_setting_fails_no_change(send: Send, settings: Any, clock: Clock) -> None:
    for number in range(3):
        Lead.objects.create(name=f"Fox {number}")
    before = settings.ZCRM, settings.SECRET_KEY
    settings.SECRET_KEY = "another secret key"
    settings.ZCRM = {**settings.ZCRM, "ENCRYPTION_KEYS": [Fernet.generate_key().decode()]}
    send_often(send, clock, times=2)
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {State.NEW}
    settings.ZCRM, settings.SECRET_KEY = before
    assert send().done == 3


@pytest.mark.skipif(
    database.vendor != "sqlite", reason="a database that does not store half of a character"
)
def test_value_that_cannot_be_sent_fails_its_change_alone(send: Send) -> None:
    rows = [Lead.objects.create(name=f"Fox {number}") for number in range(3)]
    item = OutboxItem.objects.get(object_id=str(rows[1].pk))
    item.changed["Last_Name"] = "\ud83d"
    OutboxItem.objects.filter(pk=item.pk).update(changed=item.changed)
    sent = send()
    assert (sent.done, sent.failed) == (2, 1)


def test_reconnecting_sends_what_waited_for_a_permission(
    zcrm_emulator: SiteEmulator, send: Send, django_capture_on_commit_callbacks: Any
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", code="OAUTH_SCOPE_MISMATCH")
    assert send().later == 1
    assert OutboxItem.objects.get().due > timezone.now() + timedelta(minutes=50)
    with django_capture_on_commit_callbacks(execute=True):
        zcrm_emulator.connect()
    assert OutboxItem.objects.get().due <= timezone.now()


@pytest.fixture
def match_on_company(declare: Any) -> None:
    """Leads are matched on a field by which Zoho does not find duplicates."""
    declare(Lead, match_on="Company")


def forget_metadata(connection: Connection) -> None:
    """Forget what is known of Zoho's fields, as a process does after a while."""
    client_for(connection).session.metadata.clear()
    ModuleMetadata.objects.update(read_at=timezone.now() - timedelta(hours=1))


def test_creations_wait_until_match_on_is_right(
    zcrm_emulator: SiteEmulator, connection: Connection, declare: Any
) -> None:
    zcrm.mirror(Lead).sync()
    declare(Lead, match_on="Company")
    Lead.objects.create(name="Fox", company="Acme", email="fox@example.com")
    err = StringIO()
    call_command("zcrm_sync", "Leads", stdout=StringIO(), stderr=err)
    assert "1 change waits to be sent: Zoho does not find duplicates of Leads" in err.getvalue()
    assert calls(zcrm_emulator, "POST", "/Leads/upsert") == 0
    (warning,) = check_match_on(databases=["default"])
    assert (warning.id, warning.obj) == ("zcrm_mirror.W008", Lead)
    assert warning.msg == OutboxItem.objects.get().error
    assert OutboxItem.objects.get().state == State.NEW

    declare(Lead, match_on="Email")
    err = StringIO()
    call_command("zcrm_sync", "Leads", stdout=StringIO(), stderr=err)
    assert err.getvalue() == ""
    assert check_match_on(databases=["default"]) == []
    assert len(zcrm_emulator.records("Leads")) == 1
    assert OutboxItem.objects.get().state == State.DONE


@pytest.mark.usefixtures("match_on_company")
def test_field_made_unique_in_zoho_is_used_to_match(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Lead.objects.create(name="Fox", company="Acme")
    assert send().later == 1
    assert OutboxItem.objects.get().waits_for
    change_field(zcrm_emulator, monkeypatch, "Leads", "Company", unique=True)
    forget_metadata(connection)
    assert send().done == 1


@pytest.mark.usefixtures("match_on_company")
def test_first_sync_with_a_wrong_match_on_raises(connection: Connection) -> None:
    with pytest.raises(ZCRMError, match=r"name Email, or a unique field in Lead\.Zoho\.match_on"):
        zcrm.mirror(Lead).sync()
    state = MirrorState.objects.get(module="Leads")
    assert (state.blocked, state.due > timezone.now()) == ("configuration", True)
    retry_settings()
    state.refresh_from_db()
    assert state.due <= timezone.now()


@pytest.mark.usefixtures("match_on_company")
def test_run_due_leaves_no_worker_busy_with_what_waits(connection: Connection) -> None:
    Lead.objects.create(name="Fox", company="Acme")
    runs = 0
    while run_due():
        runs += 1
        assert runs < 20
    assert OutboxItem.objects.get().state == State.NEW
