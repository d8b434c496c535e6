"""What is requested while a worker is in the middle of its poll is done, not overwritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.models.mirror_state import MirrorStateQuerySet
from django_zcrm.mirror.pull import deletions, delta, initial_sync, reconcile, steps
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ASKS: dict[str, Callable[[MirrorStateQuerySet], int]] = {
    "initial-sync": lambda rows: rows.request_initial_sync(),
    "reconcile": lambda rows: rows.request_reconcile(force=True),
}
STEPS = {
    "initial sync": (initial_sync, "complete_records"),
    "changes": (delta, "complete_records"),
    "deletions": (deletions, "verify"),
    "comparison": (reconcile, "find_differences"),
    "end of the poll": (steps, "sync_deletions"),
}


def ask_before(
    patch: pytest.MonkeyPatch, step: str, ask: Callable[[MirrorStateQuerySet], int]
) -> list[bool]:
    """Make the request once, after a worker has read and before it writes."""
    module, name = STEPS[step]
    goes_on = getattr(module, name)
    counts: list[bool] = []

    def interrupted(*args: Any) -> Any:
        if not counts:
            counts.append(bool(ask(MirrorState.objects.all())))
        return goes_on(*args)

    patch.setattr(module, name, interrupted)
    return counts


def without_a_row(zcrm_emulator: SiteEmulator, connection: Connection) -> Mirror:
    """Return a mirror of 30 leads that lacks one, which no poll of changes restores."""
    zcrm_emulator.create("Leads", 30, Last_Name=lambda number: f"Lead {number}")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.advance(hours=1)
    mirror.sync()
    with no_push():
        Lead.objects.order_by("pk")[0].delete()
    return mirror


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ASKS)
def test_request_during_poll_is_done(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    step: str,
) -> None:
    mirror = without_a_row(zcrm_emulator, connection)
    if step == "initial sync":
        MirrorState.objects.all().request_initial_sync()
    elif step == "comparison":
        MirrorState.objects.all().request_reconcile()
    now = timezone.now()
    MirrorState.objects.update(due=now, deletions_due=now)
    counts = ask_before(monkeypatch, step, ASKS[name])
    assert attempt(mirror.state).error is None
    assert counts == [True]
    state = MirrorState.objects.get()
    assert state.lease_owner == ""
    assert state.due <= timezone.now()
    if name == "initial-sync":
        assert (state.phase, state.synced_until, state.windows) == ("initial", None, [])
    else:
        assert (state.reconciled_at, state.reconciliation) == (None, {"force": True})
    mirror.sync()
    state = MirrorState.objects.get()
    assert (state.phase, state.failures, Lead.objects.count()) == ("live", 0, 30)
    assert state.reconciled_at is not None
    assert state.reconciliation == {}
    if name == "reconcile" and step != "initial sync":  # which brings the row back before that
        assert state.drift == 1


def test_reconcile_during_another_initial_sync_marks_hidden_record(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    [lead] = zcrm_emulator.create("Leads", 1, Last_Name="Ada")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.advance(minutes=10)
    zcrm_emulator.hide(lead["id"])
    MirrorState.objects.all().request_initial_sync()
    assert mirror.reconcile() == 1
    assert Lead.objects.get().zoho_state == "unreachable"


def test_reconcile_after_crash_keeps_drift(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = without_a_row(zcrm_emulator, connection)
    MirrorState.objects.all().request_reconcile()
    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "link_late", Mock(side_effect=OSError))
        assert isinstance(attempt(mirror.state).error, OSError)
    assert Lead.objects.count() == 30
    assert mirror.state.drift == 1
    mirror.sync()
    state = MirrorState.objects.get()
    assert state.reconciled_at is not None
    assert (state.drift, state.reconciliation) == (1, {})
