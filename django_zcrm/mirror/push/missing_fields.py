"""Fails the part of changes whose fields the organisation lacks; the rest is sent."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from ...reasons import reason
from ..declared_fields import describe_missing, organisation_fields
from ..leased_mirror import LeasedMirror
from ..locking import lock_rows
from ..models import OutboxItem
from ..outbox.items import yield_to_later

Operation, State = OutboxItem.Operation, OutboxItem.State

BATCH = 500
"""Changes that are split in one transaction."""


def have_missing_fields(mirror: LeasedMirror, items: Iterable[OutboxItem]) -> bool:
    """Whether any of the changes that are sent next has a field that the organisation lacks."""
    missing = organisation_fields(mirror).missing
    return bool(missing) and any(
        _is_unsent(item) and not missing.keys().isdisjoint(item.changed) for item in items
    )


def _is_unsent(item: OutboxItem) -> bool:
    """Whether a change is new, or a creation that failed, which a later change of its row sends."""
    is_failed_creation = item.state == State.FAILED and item.operation == Operation.CREATE
    return item.state == State.NEW or is_failed_creation


def fail_missing_fields(mirror: LeasedMirror) -> int:
    """Split the unsent changes that have missing fields; return how many parts failed.

    A creation omits them, and its values other than empty ones fail as a change of their own.
    """
    missing = organisation_fields(mirror).missing
    is_unsent = Q(state=State.NEW) | Q(state=State.FAILED, operation=Operation.CREATE)
    having = mirror.changes.filter(is_unsent, changed__has_any_keys=list(missing))
    keys = having.order_by("pk").values_list("pk", flat=True)[:BATCH]

    def split(columns: object) -> int:
        count = 0
        for item in lock_rows(having.filter(pk__in=some)):  # a person may have discarded some
            item.refresh_from_db()  # an earlier change of its row may have set its base
            count += _split(mirror, item, {n: missing[n] for n in item.changed if n in missing})
        return count

    count = 0
    while some := list(keys.all()):
        count += mirror.write(split)
    return count


def _split(mirror: LeasedMirror, item: OutboxItem, missing: dict[str, str]) -> int:
    """Move the missing fields of a change into a failed one; return 1 if there is one."""
    values = {name: item.changed.pop(name) for name in missing}
    base = {name: item.base.pop(name) for name in missing if name in item.base}
    why = reason("missing_field", module=mirror.state.module, field=describe_missing(missing))
    if item.operation != Operation.CREATE and not item.changed:
        item.changed, item.base, item.state = values, item.base | base, State.FAILED
        item.error, item.done_at = why, timezone.now()
        item.save(update_fields=["changed", "base", "state", "error", "done_at"])
        return 1
    item.save(update_fields=["changed", "base"])
    if item.operation == Operation.CREATE:
        values = {
            name: value
            for name, value in values.items()
            if value is not False and value not in (None, "", [])
        }
        base = {name: False if value is True else None for name, value in values.items()}
    states = (*OutboxItem.OPEN, State.FAILED)
    yield_to_later(
        mirror.changes.filter(object_id=item.object_id, pk__gt=item.pk, state__in=states),
        values,
        base,
    )
    if not values:
        return 0
    OutboxItem.objects.create(
        connection=item.connection,
        organisation_id=item.organisation_id,
        module=item.module,
        object_id=item.object_id,
        zoho_id=item.zoho_id,
        operation=Operation.UPDATE,
        changed=values,
        base=base,
        state=State.FAILED,
        error=why,
        done_at=timezone.now(),
    )
    return 1
