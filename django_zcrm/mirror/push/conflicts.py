"""Reads records before they are updated or deleted, and decides on conflicts.

One request reads a hundred records, for a tenth of the credits that writing them costs. The row's
own zoho_modified_time does not help, since the record may have changed since. Changes in Zoho
between this and the write, some tenths of a second, are overwritten in the columns that are sent:
`If-Unmodified-Since` applies to a whole request, and would take a request per record.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ...exceptions import ConfigurationError
from ..apply import apply
from ..models import OutboxItem
from ..planning.conflicts import decide, decide_deletion
from ..work import Work
from .dropping import without_dropped
from .outcomes import State, apply_answer, finish, save
from .reading import ZohoRecords, moment, read_ids
from .sending import Answer

logger = logging.getLogger("django_zcrm.mirror")

RESTORED = "The record was changed in Zoho: the row that had been deleted is here again."


def guarded(work: Work, items: Sequence[OutboxItem]) -> list[OutboxItem]:
    """Decide on at most 100 updates or deletions, and return those still to be sent.

    The others, and rows that take over Zoho's values, are written. A record that cannot be read is
    not compared: it may be gone, or too new for Zoho's queries; the write will show which.
    """
    current = read_ids(work, [item.zoho_id for item in items])
    ready: list[OutboxItem] = []
    changed: list[OutboxItem] = []
    records: list[Mapping[str, Any]] = []
    for item in items:
        if item.zoho_id not in current.records:
            ready.append(item)
            continue
        before = dict(item.changed)
        attempts = item.attempts
        is_zoho_kept = _decide(work, item, current)
        is_put_off = item.state != State.NEW or item.attempts > attempts
        if not is_put_off:
            ready.append(item)
        if is_put_off or item.conflict or item.changed != before:
            changed.append(item)
        if is_zoho_kept:
            records.append(current.records[item.zoho_id])
    if changed:

        def write(columns: object) -> None:
            save(without_dropped(changed))
            apply(work.target, work.connection, records)

        work.write(write)
    return [item for item in ready if item.state == State.NEW]


def _decide(work: Work, item: OutboxItem, current: ZohoRecords) -> bool:
    """Decide on one change; return whether the row has to take over Zoho's values."""
    options = work.target.options
    if options is None:
        raise ConfigurationError(f"{work.state.module} has no model, which would say who wins.")
    zoho = current.values[item.zoho_id]
    changed_at = current.changed_at(item.zoho_id)
    is_newer = changed_at is not None and changed_at > item.created_at + current.skew
    if item.operation == "delete":
        known = moment(item.base.get("Modified_Time"))
        if known is not None and changed_at is not None and changed_at <= known:
            return False
        item.conflict = decide_deletion(
            options.conflict,
            item.base,
            zoho,
            is_zoho_newer=is_newer,
            fields=options.pushed.values(),
        )
        if item.conflict:
            finish(item, State.CONFLICT, RESTORED)
        return bool(item.conflict)
    try:
        decision = decide(options.conflict, item.changed, item.base, zoho, is_zoho_newer=is_newer)
    except Exception as error:  # the project's function: it may be right tomorrow
        logger.exception("%s could not be decided", item)
        item.attempts += 1
        words = f"The function that decides on conflicts raised {type(error).__name__}."
        apply_answer(item, Answer("later", words))
        return False
    # As of now this is what the change is about, should it have to be sent again.
    item.changed, item.conflict = decision.send, {**item.conflict, **decision.lost}
    item.base |= {name: zoho[name] for name in decision.send if name in zoho}
    if not item.changed:
        finish(item, State.CONFLICT if decision.is_zoho_kept else State.DONE)
    return decision.is_zoho_kept
