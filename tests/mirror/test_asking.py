"""What is asked for while a worker is in the middle of its turn is done, not overwritten by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.models.state import MirrorStateQuerySet
from django_zcrm.mirror.pull import backfill, cycle, deletions, delta, reconcile
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ASKS: dict[str, Callable[[MirrorStateQuerySet], int]] = {
    "backfill": lambda rows: rows.ask_backfill(),
    "reconcile": lambda rows: rows.ask_reconcile(force=True),
}
STEPS = {
    "first reading": (backfill, "completed"),
    "changes": (delta, "completed"),
    "deletions": (deletions, "verify"),
    "comparison": (reconcile, "differences"),
    "end of the turn": (cycle, "sync_deletions"),
}


def ask_before(
    patch: pytest.MonkeyPatch, step: str, ask: Callable[[MirrorStateQuerySet], int]
) -> list[bool]:
    """Let somebody ask while a worker has read, and has not written yet; once."""
    module, name = STEPS[step]
    goes_on = getattr(module, name)
    asked: list[bool] = []

    def interrupted(*given: Any) -> Any:
        if not asked:
            asked.append(bool(ask(MirrorState.objects.all())))
        return goes_on(*given)

    patch.setattr(module, name, interrupted)
    return asked


def without_a_row(zcrm_emulator: SiteEmulator, connection: Connection) -> Mirror:
    """Return a mirror of 30 leads that lacks one, which no look at changes gives back."""
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
def test_what_is_asked_in_mid_turn_is_done(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    step: str,
) -> None:
    mirror = without_a_row(zcrm_emulator, connection)
    if step == "first reading":
        MirrorState.objects.all().ask_backfill()
    elif step == "comparison":
        MirrorState.objects.all().ask_reconcile()
    MirrorState.objects.update(due=timezone.now())
    asked = ask_before(monkeypatch, step, ASKS[name])
    assert attempt(mirror.state).error is None
    assert asked == [True]
    state = MirrorState.objects.get()
    assert state.lease_owner == ""
    assert state.due <= timezone.now()
    if name == "backfill":
        assert (state.phase, state.synced_until, state.windows) == ("backfill", None, [])
    else:
        assert (state.reconciled_at, state.reconciliation) == (None, {"force": True})
    mirror.sync()
    state = MirrorState.objects.get()
    assert (state.phase, state.failures, Lead.objects.count()) == ("live", 0, 30)
    assert state.reconciled_at is not None
    assert state.reconciliation == {}
    if name == "reconcile" and step != "first reading":  # which brings the row back before that
        assert state.drift == 1


def test_a_crash_while_rows_are_put_right_loses_no_drift(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = without_a_row(zcrm_emulator, connection)
    MirrorState.objects.all().ask_reconcile()
    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "link_late", Mock(side_effect=OSError))
        assert isinstance(attempt(mirror.state).error, OSError)
    assert Lead.objects.count() == 30
    assert mirror.state.drift == 1
    mirror.sync()
    state = MirrorState.objects.get()
    assert state.reconciled_at is not None
    assert (state.drift, state.reconciliation) == (1, {})
