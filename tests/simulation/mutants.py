"""Deliberate bugs of the mirror, each applied by patching, which the simulation must find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from django_zcrm.limits import limiter
from django_zcrm.mirror import apply
from django_zcrm.mirror.leased_mirror import LeasedMirror
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.models import Notice, OutboxItem, RecordState
from django_zcrm.mirror.models import base as models_base
from django_zcrm.mirror.notifications import receiver
from django_zcrm.mirror.outbox import capture
from django_zcrm.mirror.planning.conflicts import Decision, decide
from django_zcrm.mirror.planning.cursor import start_of
from django_zcrm.mirror.pull import delta, initial_sync, reconcile, steps
from django_zcrm.mirror.pull.reading import verify
from django_zcrm.mirror.pull.storing import commit
from django_zcrm.mirror.push import conflicts, merging, outbox, outcomes, sending
from django_zcrm.mirror.push.changes import Change
from django_zcrm.mirror.runners import due
from django_zcrm.mirror.statements import Select, compiled, parameters
from django_zcrm.tokens import refresh, source
from django_zcrm.zoho.http.messages import ZohoResponse

Patch = tuple[Any, str, Any]

remember, merge_row, call = capture._remember, merging._merge_row, sending._call
release = limiter.OrganisationSlot.release


def _commit_cursor_first(
    mirror: LeasedMirror, rows: Any, noted: Mapping[str, Any], *args: Any, **more: Any
) -> Any:
    with mirror.commit() as columns:
        columns.update(noted)
    return commit(mirror, rows, None, *args, **more)


def _send_again_unchecked(mirror: LeasedMirror, changes: Sequence[Any]) -> list[Any]:
    return [replace(change, state="new", due=timezone.now(), is_ready=False) for change in changes]


def _fence_anybody(lease: WorkLease, **columns: Any) -> None:
    lease._rows.update(lease_until=lease._until(), **columns)


def _note_anybody(lease: WorkLease, number: int, **columns: Any) -> None:
    lease._rows.update(lease_until=lease._until(), **columns)


def _finish_notices_unread(mirror: LeasedMirror) -> Any:
    mine = Notice.objects.filter(
        channel__connection=mirror.connection, module=mirror.state.module, done_at=None
    )
    mine.update(done_at=timezone.now())
    return apply.SyncResult()


def _mark_as_deleted(mirror: LeasedMirror, ids: Sequence[str], gone: RecordState) -> Any:
    return verify(mirror, ids, RecordState.DELETED)


def _send_everything(policy: Any, changed: Mapping[str, Any], *values: Any, **more: Any) -> Any:
    return Decision(send=dict(changed))


def _forget_loaded(row: Any, using: str, only: frozenset[str] | None) -> None:
    remember(row, using, only)
    connection_id = row.loaded_values["connection_id"]
    row.loaded_values.clear()
    row.loaded_values["connection_id"] = connection_id


@compiled
def _select_no_items(using: str, size: int) -> Select:
    items = OutboxItem.objects.using(using).of_parameters()
    return Select.of(items.filter(object_id="", module__in=parameters("key", size)))


def _delete_another_record(mirror: LeasedMirror, *args: Any) -> Any:
    change = merge_row(mirror, *args)
    rows = mirror.target.rows(mirror.connection).exclude(zoho_id=change.zoho_id)
    other = rows.exclude(zoho_id=None).order_by("pk").first()
    if change.operation == "delete" and change.zoho_id and other is not None:
        return replace(change, zoho_id=other.zoho_id)
    return change


def _keep_zoho(
    policy: Any, changed: Mapping[str, Any], base: Any, zoho: Mapping[str, Any], **more: Any
) -> Decision:
    lost = {
        name: {"base": base.get(name), "local": value, "zoho": zoho.get(name), "kept": "zoho"}
        for name, value in changed.items()
    }
    return Decision(lost=lost)


def _keep_own(policy: Any, *values: Any, **more: Any) -> Decision:
    return decide("local_wins", *values, **more)


def _empty_revenues(mirror: LeasedMirror, operation: str, changes: Sequence[Any]) -> Any:
    if operation == "update" and mirror.state.module == "Leads":
        changes = [replace(c, changed={"Annual_Revenue": None, **c.changed}) for c in changes]
    return call(mirror, operation, changes)


def _refuse(change: Change, why: str, seconds: Any = None) -> Change:
    return change.refuse(why)


def _is_ever_sent(name: str, zoho: Any, change: Change, earlier: Sequence[OutboxItem]) -> bool:
    return any(item.changed.get(name) == zoho for item in earlier)


def _count_responses(slot: Any, outcome: Any) -> Any:
    if isinstance(outcome, ZohoResponse):
        return release(slot, outcome)
    return slot.slot.release()


def _forget_failures(*args: Any, **more: Any) -> bool:
    return False


MUTANTS: dict[str, tuple[Patch, ...]] = {
    "cursor is committed before the rows": ((delta, "commit", _commit_cursor_first),),
    "polls leave no time for late records": (
        (delta, "safe_until", lambda time, settle: time),
        (delta, "start_of", lambda until, overlap: start_of(until, timedelta())),
    ),
    "progress of the initial sync is committed before the rows": (
        (initial_sync, "commit", _commit_cursor_first),
    ),
    "change in doubt is sent again": (
        (outbox, "check_in_doubt", _send_again_unchecked),
        (outbox, "check_lost_creations", lambda mirror, changes: list(changes)),
    ),
    "lease is not checked at the commit": (
        (WorkLease, "fence", _fence_anybody),
        (WorkLease, "note", _note_anybody),
    ),
    "notice is done before it is read": ((due, "read_notices", _finish_notices_unread),),
    "foreign key leads to another connection": (
        (models_base, "check_row", lambda row, using, only: None),
        (capture, "ids_of", lambda columns, rows, using: {}),
    ),
    "unreachable record is marked as deleted": ((reconcile, "verify", _mark_as_deleted),),
    "conflict is not noticed": ((conflicts, "decide", _send_everything),),
    "deletions are not read": ((steps, "are_deletions_due", lambda mirror: False),),
    "deleted row is created again": (
        (apply, "find_deleted_here", lambda *args, **kwargs: frozenset()),
    ),
    "poll overwrites a change before it is sent": (
        (apply, "find_local_changes", lambda *args, **kwargs: {}),
    ),
    "conflicts are not read": ((outbox, "check_conflicts", lambda mirror, changes: list(changes)),),
    "every update is in conflict": ((conflicts, "decide", _keep_zoho),),
    "any earlier value of the site counts as its last": ((conflicts, "_is_own", _is_ever_sent),),
    "policy is ignored": ((conflicts, "decide", _keep_own),),
    "update empties a field": ((sending, "_call", _empty_revenues),),
    "first failure is final": ((Change, "retry", _refuse), (Change, "wait", _refuse)),
    "notice is not stored": ((receiver, "store_notice", lambda *args: None),),
    "lost request costs no credits": ((limiter.OrganisationSlot, "release", _count_responses),),
    "each process refreshes the token": (
        (source.ConnectionTokens, "_read", lambda tokens: None),
        (refresh._Renewal, "_is_good", lambda *args: False),
    ),
    "second save writes all columns": ((capture, "_remember", _forget_loaded),),
    "lost response counts as a refusal": ((sending, "is_in_doubt", _forget_failures),),
    "deletion reaches another record": ((merging, "_merge_row", _delete_another_record),),
    "deletion does not get the record of its creation": (
        (outcomes, "_select_without_id", _select_no_items),
        (merging, "_find_created_ids", lambda mirror, items: {}),
    ),
}


@contextmanager
def apply_mutant(name: str) -> Iterator[None]:
    """Apply a mutant while the block runs."""
    with ExitStack() as stack:
        for owner, attribute, value in MUTANTS[name]:
            stack.enter_context(patch.object(owner, attribute, value))
        yield
