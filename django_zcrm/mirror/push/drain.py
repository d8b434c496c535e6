"""Sends the outbox items of a mirror, while its lease is held.

The changes of a row are folded into one, and those of many rows are sent in requests of a hundred:
deletions first, so that unique values are free again, then updates, then creations. The state
"sending" is committed before the request: after a crash the next worker knows that Zoho may have
the change, and checks that before it sends it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from ...conf import get_settings
from ...exceptions import Forbidden, Invalid, NotFound, ZCRMError
from ..models import OutboxItem
from ..planning.folding import Folded, folded
from ..work import Work
from .conflicts import guarded
from .creations import duplicates
from .dropping import without_dropped
from .outcomes import MAX_WAIT, Drained, State, finish, save, store_answers
from .reading import BATCH
from .references import resolve
from .sending import Sent, send
from .unsure import resolve_unsure

MAX_ITEMS = 2_000
"""Changes sent in one run; the rest is due at once, and other mirrors are served in between."""

KEPT = timedelta(days=7)
"""How long items are kept after their change has reached Zoho."""

MAX_LOST = 3
"""Unanswered requests in a row after which no more are sent."""

ORDER = ("delete", "update", "upsert", "create")


def drain(work: Work) -> Drained:
    """Send the changes of a module that are due, and return the counts of their results.

    A refused change does not keep others from being sent. If writing is refused as a whole, the
    changes wait, and reading goes on. Raises errors that reading would meet as well, such as an
    unreachable Zoho or a withdrawn consent, after storing that the changes are still to be sent;
    and LeaseLost.
    """
    drained = Drained()
    options = work.target.options
    if options is None or not options.push:
        return drained
    _mark_interrupted(work)
    seen = 0
    while seen < MAX_ITEMS and (keys := _due(work)):
        seen += len(keys)
        _send_rows(work, _by_row(work, keys), drained)
    if drained:
        _forget(work)
    return drained


def _items(work: Work) -> Any:
    return OutboxItem.objects.filter(connection=work.connection, module=work.state.module)


def _mark_interrupted(work: Work) -> None:
    """Mark changes as unsure that a former worker was sending when it lost its lease."""
    sending = _items(work).filter(state=State.SENDING)
    if not sending.exists():
        return
    settled = timezone.now() + timedelta(seconds=get_settings().mirror.settle)
    with work.commit():
        sending.update(
            state=State.UNSURE, due=settled, error="The worker ended while it was being sent."
        )


def _due(work: Work) -> list[str]:
    """Return the keys of rows with due changes, those that have waited longest first."""
    due = _items(work).due().order_by("due", "pk")
    return list(dict.fromkeys(due.values_list("object_id", flat=True)[: BATCH * 5]))


def _by_row(work: Work, keys: Sequence[str]) -> list[list[OutboxItem]]:
    """Return the changes that can be sent, grouped by row, oldest first."""
    rows: dict[str, list[OutboxItem]] = defaultdict(list)
    for item in _items(work).open().filter(object_id__in=keys).order_by("pk"):
        rows[item.object_id].append(item)
    given_up = _items(work).filter(state=State.DEAD, object_id__in=keys)
    for item in given_up.order_by("-pk"):
        if _belongs_to(item, rows[item.object_id]):
            rows[item.object_id].insert(0, item)
    ready, now = [], timezone.now()
    for items in rows.values():
        first = next(item for item in items if item.state != State.DEAD)
        # One that waits for another row is looked at again: a later change may have set that.
        if first.due <= now or (first.state == State.NEW and first.waits_for):
            ready.append(items)
        else:  # it is in the order of its row that the others wait
            later = [item.pk for item in items if item.due < first.due]
            OutboxItem.objects.filter(pk__in=later).update(due=first.due)
    return ready


def _belongs_to(given_up: OutboxItem, items: Sequence[OutboxItem]) -> bool:
    """Whether a change that was given up has to be merged into the later ones of its row."""
    first = items[0]
    if given_up.operation == "create":
        # Without it the row is not in Zoho, and was changed since.
        return not given_up.zoho_id and first.operation != "create"
    # All of it was changed again: what Zoho has is still what stood there before the refused one.
    changed = {name for item in items for name in item.changed}
    is_put_right = given_up.operation == first.operation == "update" and first.pk > given_up.pk
    return is_put_right and first.state == State.NEW and changed.issuperset(given_up.changed)


def _send_rows(work: Work, objects: Sequence[list[OutboxItem]], drained: Drained) -> None:
    unsure = [items[0] for items in objects if items[0].state == State.UNSURE]
    fresh = [items for items in objects if items[0].state != State.UNSURE]
    for start in range(0, len(unsure), BATCH):
        part = unsure[start : start + BATCH]
        resolve_unsure(work, part)
        drained.count(item for item in part if item.state != State.NEW)
    groups: dict[str, list[OutboxItem]] = defaultdict(list)
    match_on = work.target.options.match_on if work.target.options else ""
    for item in resolve(work, _fold(work, fresh, drained)):
        has_match = item.operation == "create" and match_on and item.match_value
        groups["upsert" if has_match else item.operation].append(item)
    for operation in ORDER:
        items = groups[operation]
        if operation in ("upsert", "create"):
            items, refused = duplicates(work, items)
            drained.count(refused)
        for start in range(0, len(items), BATCH):
            part = items[start : start + BATCH]
            sent = _send(work, operation, part)
            drained.count(part)
            if sent is not None:
                drained.lost = drained.lost + 1 if sent.lost else 0
                error = sent.stop or (sent.lost if drained.lost >= MAX_LOST else None)
                if isinstance(error, Forbidden | NotFound | Invalid):
                    _postpone(work, part[0].operation, error)
                    break
                if error is not None:
                    raise error


def _fold(work: Work, objects: Sequence[list[OutboxItem]], drained: Drained) -> list[OutboxItem]:
    """Merge the changes of each row into one, and return those to be sent."""
    keys = [items[0].object_id for items in objects]
    rows = dict(work.target.rows(work.connection).filter(pk__in=keys).values_list("pk", "zoho_id"))
    ids = {str(key): zoho_id for key, zoho_id in rows.items()}
    _fill_in_deleted_ids(work, [items[0] for items in objects])
    ready: list[OutboxItem] = []
    groups: list[list[OutboxItem]] = []
    for noted in objects:
        items = _in_order(noted, ids)
        _update_incoming_record(items)
        change = folded(items)
        covered = items[: change.count]
        last = covered[-1]
        before = last.operation, last.changed, last.base, last.zoho_id, last.match_value
        _merge_into(work, last, covered, change, ids)
        if last.state == State.NEW:
            ready.append(last)
        else:
            drained.count([last])
        for item in covered[:-1]:
            finish(item, State.DONE)
        after = last.operation, last.changed, last.base, last.zoho_id, last.match_value
        if len(covered) > 1 or before != after or last.state != State.NEW:
            groups.append(covered)
    if groups:
        work.write(lambda columns: _save_groups(groups))
    return [item for item in ready if item.state == State.NEW]


def _save_groups(groups: Sequence[list[OutboxItem]]) -> None:
    """Write what the changes of rows became; where one was dropped, they are read again."""
    there = {item.pk for item in without_dropped([item for group in groups for item in group])}
    whole: list[OutboxItem] = []
    for group in groups:
        if there.issuperset(item.pk for item in group):
            whole += group
        else:
            group[-1].state = State.DROPPED
    save(whole)


def _in_order(items: list[OutboxItem], ids: Mapping[str, str | None]) -> list[OutboxItem]:
    """Return the changes of a row, oldest first; a deleted row's deletion comes last.

    A deletion is stored before its row is locked, so that another save may be stored after it.
    """
    operations = [item.operation for item in items]
    if items[0].object_id in ids or "delete" not in operations:
        return items
    if "create" in operations[operations.index("delete") :]:
        return items
    return sorted(items, key=lambda item: item.operation == "delete")


def _update_incoming_record(items: Sequence[OutboxItem]) -> None:
    """Turn the creation of a deleted row into an update if its record was read before it was sent.

    Creation and deletion would cancel each other, though the record exists. In this case the
    deletion has a `base`; without one the row had no record.
    """
    first = items[0]
    is_deleted = any(item.operation == "delete" and item.base for item in items)
    if first.operation == "create" and first.zoho_id and is_deleted:
        first.operation, first.changed, first.base = "update", first.base | first.changed, {}


def _fill_in_deleted_ids(work: Work, items: Sequence[OutboxItem]) -> None:
    """Set the ids that rows got from their creation while they were being deleted."""
    nameless = {item.object_id: item for item in items if item.operation == "delete"}
    nameless = {key: item for key, item in nameless.items() if not item.zoho_id}
    created = _items(work).filter(operation="create", object_id__in=nameless).exclude(zoho_id="")
    for key, zoho_id in created.order_by("pk").values_list("object_id", "zoho_id"):
        nameless[key].zoho_id = zoho_id


def _merge_into(
    work: Work,
    item: OutboxItem,
    covered: Sequence[OutboxItem],
    change: Folded,
    ids: Mapping[str, str | None],
) -> None:
    """Merge the covered changes of a row into one item."""
    item.state = State.NEW
    for earlier in covered:
        item.conflict |= earlier.conflict
    item.zoho_id = next((earlier.zoho_id for earlier in covered if earlier.zoho_id), "")
    if change.operation != "delete":
        item.zoho_id = ids.get(item.object_id) or item.zoho_id
    item.match_value = next((earlier.match_value for earlier in covered if earlier.match_value), "")
    item.operation = change.operation or item.operation
    item.changed, item.base = change.changed, change.base
    if not change.operation or (item.operation == "delete" and not item.zoho_id):
        finish(item, State.DONE)
    elif item.operation == "create" and item.object_id not in ids:
        finish(item, State.DONE, "The row is gone.")
    elif item.operation == "create" and item.zoho_id:
        item.operation = "update"  # its record came in before it was sent
    elif item.operation == "update" and not item.zoho_id:
        finish(item, State.DEAD, "The row is not in Zoho, and nothing is to create it there.")
    options = work.target.options
    if item.operation == "create" and options and options.match_on in options.fields.values():
        item.match_value = str(item.changed.get(options.match_on) or "")


def _send(work: Work, operation: str, items: list[OutboxItem]) -> Sent | None:
    """Send changes of one operation; return None if none are left to be sent."""
    ready = guarded(work, items) if operation in ("update", "delete") else items
    if not ready:
        return None
    now = timezone.now()

    def write(columns: object) -> list[OutboxItem]:
        items = without_dropped(ready)
        OutboxItem.objects.filter(pk__in=[item.pk for item in items]).update(
            state=State.SENDING, sent_at=now, attempts=F("attempts") + 1
        )
        return items

    ready = work.write(write)
    if not ready:
        return None
    for item in ready:
        item.state, item.sent_at, item.attempts = State.SENDING, now, item.attempts + 1
    sent = send(work, operation, ready)
    store_answers(work, ready, sent.answers)
    return sent


def _postpone(work: Work, operation: str, error: ZCRMError) -> None:
    """Postpone all changes of an operation that Zoho refuses as a whole."""
    later = timezone.now() + timedelta(seconds=MAX_WAIT)
    waiting = _items(work).filter(state=State.NEW, operation=operation, waits_for="", due__lt=later)
    with work.commit():
        waiting.update(due=later, error=str(error))


def _forget(work: Work) -> None:
    """Delete items that reached Zoho, or were dropped, longer than KEPT ago."""
    _items(work).filter(state__in=OutboxItem.OVER, due__lt=timezone.now() - KEPT).delete()
