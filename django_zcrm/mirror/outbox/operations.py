"""Operations of people on outbox items: retry and discard."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ...reasons import join_reasons, reason
from .. import saving
from ..locking import lock_rows, update_locked
from ..models import OutboxItem, OutboxQuerySet
from ..models.outbox import settle_wait
from ..models.primary import rows_on_primary
from ..options import mirrored_models
from ..planning.conflicts import is_held
from ..planning.merging import LOADED, omit
from ..wake import wake
from .later import omit_later
from .moved import move_to_new_rows

State = OutboxItem.State

_ENDED = (State.FAILED, State.DISCARDED, State.CONFLICT)
_WAITING = (State.NEW, State.IN_DOUBT)

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
    chosen = items.filter(state__in=(*_ENDED, *_WAITING))
    with transaction.atomic(using=items.db):  # of its own: it locks other items of these rows
        move_to_new_rows(chosen.filter(operation=OutboxItem.Operation.UPDATE))
    with transaction.atomic(using=items.db):
        retried, later = _lock(chosen)
        for item in retried:
            if item.state in _ENDED:
                _reopen(item)
            item.due = timezone.now()
            if item.state == State.IN_DOUBT and item.operation == "create" and item.sent_at:
                item.due = max(item.due, item.sent_at + settle_wait())
        saving.update_all(retried, _RETRIED)
        for item in later:  # a worker that was about to send them claims them again
            item.due = timezone.now()
        saving.update_all(later, ["due"])
        for connection_id, module in {(item.connection_id, item.module) for item in retried}:
            wake(connection_id, module)
    return len(retried)


def _lock(chosen: OutboxQuerySet) -> tuple[list[OutboxItem], list[OutboxItem]]:
    """Lock the chosen items, and the later unsent ones of their rows; return both."""
    first: dict[str, dict[str, int]] = defaultdict(dict)
    keys = set[int]()
    for pk, module, row in chosen.order_by("pk").values_list("pk", "module", "object_id"):
        first[module].setdefault(row, pk)
        keys.add(pk)
    of_rows = Q(pk__in=keys)
    for module, rows in first.items():
        of_rows |= Q(state=State.NEW, module=module, object_id__in=rows)
    found = OutboxItem.objects.filter(of_rows).values_list("pk", "module", "object_id")
    later = {pk for pk, module, row in found if pk > first[module][row]} - keys
    locked = lock_rows(OutboxItem.objects.filter(pk__in=keys | later))
    retried = [item for item in locked if item.pk in keys and item.state in (*_ENDED, *_WAITING)]
    return retried, [item for item in locked if item.pk in later and item.state == State.NEW]


def _reopen(item: OutboxItem) -> None:
    is_sent = item.operation == "update" and item.sent_at is not None
    # Zoho may have these values, also if the request got no response.
    sent = omit(item.changed, item.conflict) if is_sent else {}
    for name, both in item.conflict.items():
        if both["kept"] != "local" and item.operation != "delete":
            item.changed[name] = both["local"]
        item.base[name] = both["zoho"]
        item.base.get(LOADED, {}).pop(name, None)
    omit_later(item)
    for name in sent.keys() & item.changed.keys() & item.base.keys():
        loaded = item.base.setdefault(LOADED, {}).setdefault(name, [])
        if sent[name] not in loaded:
            loaded.append(sent[name])
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
                update_locked(rows_on_primary(models[module]), keys, zoho_modified_time=None)
    return len(discarded)
