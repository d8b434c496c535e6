"""Whatever stops a mirror is reported, makes few requests, and ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from django_zcrm.exceptions import ZCRMError
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirroredRecord, MirrorState
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BLOCKS: list[tuple[str, int, str]] = [
    ("INVALID_MODULE", 400, "Zoho has no module Leads"),
    ("OAUTH_SCOPE_MISMATCH", 401, "A scope is missing"),
    ("NO_PERMISSION", 403, "may not read Leads"),
]


@pytest.mark.parametrize(("code", "status", "words"), BLOCKS)
@pytest.mark.parametrize("phase", ["initial", "live"])
def test_block_is_reported_and_ends_by_itself(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    phase: str,
    code: str,
    status: int,
    words: str,
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    mirror = Mirror(Lead, connection)
    if phase == "live":
        mirror.sync()
    before = mirror.state
    zcrm_emulator.fail_next(path="/crm/*", times=None, code=code, status=status)
    with pytest.raises(ZCRMError):
        mirror.sync()
    state = MirrorState.objects.get()
    phase = "blocked" if code == "OAUTH_SCOPE_MISMATCH" else "unavailable"
    assert (state.phase, state.blocked) == (phase, code)
    assert words in state.last_error
    assert state.synced_until == before.synced_until
    assert state.due > timezone.now() + timedelta(minutes=50)
    assert not Lead.objects.exclude(zoho_state="live").exists()
    zcrm_emulator.stop_failing()
    zcrm_emulator.create("Leads", Last_Name="Later")
    MirrorState.objects.update(due=timezone.now())
    attempt(mirror.state)
    state = MirrorState.objects.get()
    assert (state.phase, state.blocked, state.last_error) == ("live", "", "")
    assert Lead.objects.count() == 3


def test_consent_that_was_withdrawn(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.revoke()
    with pytest.raises(ZCRMError):
        mirror.sync()
    state = MirrorState.objects.get()
    assert (state.phase, state.blocked) == ("blocked", "consent_withdrawn")


def test_renamed_module_is_unavailable(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    zcrm_emulator.create("Projects", 3, Name=lambda number: f"Project {number}")
    mirror = Mirror("Projects", connection)
    mirror.sync()
    zcrm_emulator.rename_module("Projects", "Undertakings")
    for ask in (mirror.sync, mirror.reconcile, mirror.restart_initial_sync):
        with pytest.raises(ZCRMError):
            ask()
        state = MirrorState.objects.get()
        assert (state.phase, state.blocked) == ("unavailable", "INVALID_MODULE")
        assert "Zoho has no module Projects" in state.last_error
        assert live_rows("Projects") == 3
    zcrm_emulator.rename_module("Undertakings", "Projects")
    mirror.sync()
    assert MirrorState.objects.get().phase == "live"
    assert mirror.reconcile() == 0
    assert live_rows("Projects") == MirroredRecord.objects.count() == 3


def test_withdrawn_scope_blocks_mirror(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    [gone, *_] = zcrm_emulator.create("Leads", 30, Last_Name=lambda number: f"Lead {number}")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.client().records.delete_one("Leads", gone["id"])
    zcrm_emulator.connect(scopes="ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ")
    mirror = Mirror(Lead, Connection.objects.get())
    for ask in (mirror.sync, mirror.reconcile):
        with pytest.raises(ZCRMError):
            ask()
        state = mirror.state
        assert (state.phase, state.blocked) == ("blocked", "OAUTH_SCOPE_MISMATCH")
        assert "Connect again and grant it" in state.last_error
        assert Lead.objects.filter(zoho_state="live").count() == 30
    zcrm_emulator.connect()
    mirror = Mirror(Lead, Connection.objects.get())
    mirror.sync()
    assert mirror.state.phase == "live"
    [row] = Lead.objects.exclude(zoho_state="live")
    assert (row.zoho_id, row.zoho_state) == (gone["id"], "deleted")


def live_rows(module: str) -> int:
    return MirroredRecord.objects.filter(module=module, zoho_state="live").count()


def test_unmigrated_column_is_logged_in_one_line(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def pull(mirror: object, applied: object) -> None:
        raise OperationalError("no such column: shop_lead.new")

    monkeypatch.setattr("django_zcrm.mirror.runners.share.pull", pull)
    attempt(MirrorState.objects.create(connection=connection, module="Leads"))
    (record,) = caplog.records
    assert record.exc_info is None
    assert "no such column: shop_lead.new. After a change of models: migrate" in record.message
    assert "restart runners" in MirrorState.objects.get().last_error
