"""Operations of people on outbox items: retry and discard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from ...reasons import join_reasons, reason
from .. import saving
from ..locking import lock_rows, update_by_key
from ..models import OutboxItem, OutboxQuerySet
from ..models.outbox import settle_wait
from ..models.primary import rows_on_primary
from ..options import mirrored_models
from ..planning.conflicts import is_held
from ..planning.merging import LOADED, Saved, keep_last, omit, saved_values
from ..wake import wake
from .restored import move_to_new_rows

State = OutboxItem.State

_WRITTEN = (State.DONE, State.CONFLICT, State.SENDING, State.IN_DOUBT)

_RETRIED = (
    "state",
    "operation",
    "error",
    "attempts",
    "conflict",
    "changed",
    "base",
    "due",
    "sent_at",
    "done_at",
)


def retry(items: OutboxQuerySet) -> int:
    """Make items due that failed, were discarded, are in conflict or wait; return how many.

    The local values of a conflict are sent, unless Zoho's values change once more. Values that a
    later change of the row has written, or has set back, are omitted. Updates of a deleted row are
    sent as those of the row that its record has got since. Changes in doubt are checked in Zoho
    first, creations as soon as Zoho can show their records (`SETTLE_TIME`).
    """
    ended = (State.FAILED, State.DISCARDED, State.CONFLICT)
    waiting = (State.NEW, State.IN_DOUBT)
    with transaction.atomic(using=items.db):
        retried = list(
            items.filter(state__in=(*ended, *waiting)).select_for_update().order_by("pk")
        )
        move_to_new_rows(retried)
        for item in retried:
            if item.state in ended:
                _reopen(item)
            item.due = timezone.now()
            if item.state == State.IN_DOUBT and item.operation == "create" and item.sent_at:
                item.due = max(item.due, item.sent_at + settle_wait())
        saving.update_all(retried, _RETRIED)
        for connection_id, module in {(item.connection_id, item.module) for item in retried}:
            wake(connection_id, module)
    return len(retried)


def _reopen(item: OutboxItem) -> None:
    for name, both in item.conflict.items():
        if both["kept"] != "local" and item.operation != "delete":
            item.changed[name] = both["local"]
        item.base[name] = both["zoho"]
        item.base.get(LOADED, {}).pop(name, None)
    _omit_later(item)
    if item.sent_at is not None and item.operation == "update":
        # Zoho may have the values, also if the request got no response.
        for name in item.changed.keys() & item.base.keys():
            loaded = item.base.setdefault(LOADED, {}).setdefault(name, [])
            if item.changed[name] not in loaded:
                loaded.append(item.changed[name])
    # With the stored time, a deletion would not be compared with Zoho's values.
    item.base.pop("Modified_Time", None)
    item.conflict = {
        name: both
        for name, both in item.conflict.items()
        # A failed change has not replaced Zoho's values yet, so it still has to show them.
        if item.state == State.FAILED and both["kept"] == "local"
    }
    item.state, item.error, item.attempts = State.NEW, "", 0
    item.done_at = None
    if item.zoho_id or item.operation != "create":
        item.sent_at = None  # it is compared with Zoho's values, so a lost request does not matter


def _omit_later(item: OutboxItem) -> None:
    """Remove the fields of a change that later changes of its row have replaced."""
    own = saved_values(item.changed, item.base, item.pk)
    first = min([item.pk, *(key for _, key in own.values())])
    others = OutboxItem.objects.same_row(item).filter(pk__gt=first).exclude(pk=item.pk)
    columns = others.only("operation", "state", "sent_at", "changed", "base", "conflict")
    changes = list(columns.order_by("pk"))
    later = [change for change in changes if change.pk > item.pk]
    is_created = any(c.operation == "create" and c.state in _WRITTEN for c in later)
    if is_created and item.operation != "delete" and _is_created_later(item):
        item.operation, item.changed, item.base = OutboxItem.Operation.UPDATE, {}, {}
    # Those of conflicts would be replaced by the older values.
    omitted = {name for c in later if c.state in OutboxItem.OPEN for name in c.conflict}
    omitted |= _find_written(own, changes)
    if item.operation == "update" or item.zoho_id:
        set_back = _find_set_back(own, changes).items()
        omitted |= {name for name, value in set_back if item.changed.get(name, value) != value}
    item.changed = omit(item.changed, omitted)


def _find_written(own: Saved, changes: Iterable[OutboxItem]) -> set[str]:
    """Return the fields of which changes wrote values that users saved after `own`."""
    return {
        name
        for change in changes
        # What was merged was written, or not, with the change that it was merged into.
        if change.state in _WRITTEN and (change.state != State.DONE or change.sent_at is not None)
        for name in _find_later(own, change).keys() & change.changed.keys()
    }


def _find_set_back(own: Saved, changes: Iterable[OutboxItem]) -> dict[str, Any]:
    """Return the values, by field, that users saved last, after `own`, and that are not sent."""
    last, is_sent = Saved(), dict[str, bool]()
    for change in changes:
        values = _find_later(own, change)
        keep_last(last, values)
        is_sent |= {n: n in change.changed for n, entry in values.items() if entry == last[n]}
    return {name: value for name, (value, _) in last.items() if not is_sent[name]}


def _find_later(own: Saved, change: OutboxItem) -> Saved:
    """Return the values of a change that users saved after `own`, except those it did not write."""
    unwritten = change.changed if change.state in (State.FAILED, State.DISCARDED) else ()
    return {
        name: entry
        for name, entry in saved_values(change.changed, change.base, change.pk).items()
        if name in own and entry[1] > own[name][1] and name not in unwritten
    }


def _is_created_later(item: OutboxItem) -> bool:
    """Whether a later creation of a row writes the whole row.

    Otherwise it is a change that was merged with an earlier creation: it only writes what it has.
    """
    of_row = OutboxItem.objects.same_row(item)
    earlier = of_row.filter(pk__lt=item.pk, operation="create", state=State.DONE)
    return not earlier.exists() or of_row.filter(pk__gt=item.pk, operation="delete").exists()


def discard(items: OutboxQuerySet) -> int:
    """Discard items that wait, are in conflict or failed; return how many.

    The health report ignores discarded items. An item that is being sent is not discarded, nor is a
    creation in doubt: its record may exist, and a later change of its row would create another. The
    rows of changes that were not sent get Zoho's values at the next comparison of all ids.
    """
    waiting = (State.NEW, State.IN_DOUBT, State.CONFLICT, State.FAILED)
    with transaction.atomic(using=items.db):
        waiting_items = items.filter(state__in=waiting).exclude(
            state=State.IN_DOUBT, operation=OutboxItem.Operation.CREATE
        )
        discarded = list(waiting_items.select_for_update().order_by("pk"))
        rows: dict[str, list[str]] = {}
        now = timezone.now()
        for item in discarded:
            if item.state != State.CONFLICT or is_held(item.conflict):
                rows.setdefault(item.module, []).append(item.object_id)
            item.state, item.error = State.DISCARDED, join_reasons(reason("discarded"), item.error)
            item.waits_for, item.done_at, item.due = "", now, now
        saving.update_all(discarded, ["state", "error", "waits_for", "done_at", "due"])
        models = mirrored_models()
        for module, keys in sorted(rows.items()):
            if module in models:
                mirrored = rows_on_primary(models[module])
                there = [row.pk for row in lock_rows(mirrored.filter(pk__in=keys).only("pk"))]
                update_by_key(mirrored, there, zoho_modified_time=None)
    return len(discarded)
