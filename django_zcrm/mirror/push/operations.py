"""Operations on outbox items by people: retry, or give up."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from ..locking import locked, update_by_key
from ..models import OutboxItem, OutboxQuerySet
from ..models.primary import rows_on_primary
from ..options import mirrored_models
from ..runners.wake import wake
from .outcomes import finish, save

State = OutboxItem.State

BY_HAND = "Dropped by hand."


def retry(items: OutboxQuerySet) -> int:
    """Make items due that were given up or dropped, or that wait; return how many.

    Of one in conflict, what lost is sent after all, unless Zoho's value changes once more. What a
    later change of the row has written is left out. What was sent without an answer is looked up
    first, as ever.
    """
    ended = (State.DEAD, State.DROPPED, State.CONFLICT)
    waiting = (State.NEW, State.UNSURE)
    with transaction.atomic(using=items.db):
        chosen = list(items.filter(state__in=(*ended, *waiting)).select_for_update().order_by("pk"))
        for item in chosen:
            item.due = timezone.now()
            if item.state in ended:
                _reopen(item)
        save(chosen)
        for connection_id, module in {(item.connection_id, item.module) for item in chosen}:
            wake(connection_id, module)
    return len(chosen)


def _reopen(item: OutboxItem) -> None:
    for name, both in item.conflict.items():
        if both["kept"] != "local" and item.operation != "delete":
            item.changed[name] = both["local"]
        item.base[name] = both["zoho"]
    later = OutboxItem.objects.filter(
        connection=item.connection_id,
        module=item.module,
        object_id=item.object_id,
        pk__gt=item.pk,
        state=State.DONE,
    )
    for changed in later.values_list("changed", flat=True):
        for name in changed:
            item.changed.pop(name, None)
    # What was known of the record's time would say that it has not changed since.
    item.base.pop("Modified_Time", None)
    item.state, item.error, item.attempts, item.conflict = State.NEW, "", 0, {}
    item.done_at = None


def give_up(items: OutboxQuerySet) -> int:
    """Drop items that wait, are in conflict or were given up; return how many.

    Nothing alarms about them any more. One that is being sent goes its way. The rows of those that
    were not sent get Zoho's values when all are compared next.
    """
    waiting = (State.NEW, State.UNSURE, State.CONFLICT, State.DEAD)
    with transaction.atomic(using=items.db):
        chosen = list(items.filter(state__in=waiting).select_for_update().order_by("pk"))
        rows: dict[str, list[str]] = {}
        for item in chosen:
            if item.state != State.CONFLICT:
                rows.setdefault(item.module, []).append(item.object_id)
            finish(item, State.DROPPED, f"{BY_HAND} {item.error}".strip())
        save(chosen)
        models = mirrored_models()
        for module, keys in sorted(rows.items()):
            if module in models:
                mirrored = rows_on_primary(models[module])
                there = [row.pk for row in locked(mirrored.filter(pk__in=keys).only("pk"))]
                update_by_key(mirrored, there, zoho_modified_time=None)
    return len(chosen)
