"""Finds what later changes of a row have replaced in a change that is to be sent again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..models import OutboxItem
from ..planning.merging import Saved, keep_last, omit, saved_values

State = OutboxItem.State

STARTED = (State.DONE, State.CONFLICT, State.SENDING, State.IN_DOUBT)
"""States of changes that Zoho has, or may have."""


def omit_later(item: OutboxItem) -> None:
    """Remove the fields of a change that later changes of its row have replaced."""
    own = saved_values(item.changed, item.base, item.pk)
    first = min([item.pk, *(key for _, key in own.values())])
    others = OutboxItem.objects.same_row(item).filter(pk__gt=first).exclude(pk=item.pk)
    columns = others.only("operation", "state", "sent_at", "changed", "base", "conflict")
    changes = list(columns.order_by("pk"))
    later = [change for change in changes if change.pk > item.pk]
    is_created = any(c.operation == "create" and c.state in STARTED for c in later)
    if is_created and item.operation != "delete" and is_created_later(item):
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
        if change.state in STARTED and not change.is_merged
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


def is_created_later(item: OutboxItem) -> bool:
    """Whether a later creation of a row writes the whole row.

    Otherwise it is a change that was merged with an earlier creation: it only writes what it has.
    The creation itself may have been merged with an earlier one, too.
    """
    if item.operation == "create":
        return True
    of_row = OutboxItem.objects.same_row(item)
    earlier = of_row.filter(pk__lt=item.pk, operation="create", state=State.DONE)
    return not earlier.exists() or of_row.filter(pk__gt=item.pk, operation="delete").exists()
