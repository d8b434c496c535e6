"""Reads records before they are updated or deleted, and resolves conflicts.

One request reads a hundred records, for a tenth of the credits that writing them costs. The row's
own `zoho_modified_time` is not enough, because the record may have changed since. A change in Zoho
between this read and the write, some tenths of a second, is overwritten in the columns that are
sent: `If-Unmodified-Since` applies to a whole request, so it would need one request per record.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.utils import timezone

from ...models import ConnectionHistory
from ...reasons import reason
from ..leased_mirror import LeasedMirror
from ..models import OutboxItem
from ..options import MirrorOptions
from ..planning.conflicts import HELD, Both, decide, decide_deletion
from ..planning.merging import LOADED, UNSENT, mark_saved
from ..stored import moment_or_none
from ..values import columns_of
from .changes import Change, State, replace
from .lookups import clear_former_lookups
from .reading import ZohoRecords, read_ids

logger = logging.getLogger("django_zcrm.mirror")

WRITTEN = (State.DONE, State.CONFLICT)

SECOND = timedelta(seconds=1)
"""The precision of Modified_Time."""


def check_conflicts(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return at most 100 changes with their conflicts resolved; those that Zoho won have ended.

    A record that cannot be read is not compared: it may be deleted, or too new for Zoho's queries.
    The write shows which. Raises the errors of calls.
    """
    options = mirror.target.options
    existing = [change for change in changes if change.operation in ("update", "delete")]
    if options is None or not existing:
        return list(changes)
    current = read_ids(mirror, [change.zoho_id for change in existing])
    changes = _complete_deletions(mirror, changes, options)
    changes = _rebase(mirror, clear_former_lookups(mirror, changes, current.values), current)
    now = timezone.now() + current.skew
    resolved = [
        _resolve(options, change, current)
        if change.zoho_id in current.records
        else replace(change, record_time=now)
        if change.operation == "delete"
        else change
        for change in changes
    ]
    return [
        replace(change.end_unsent(), is_reduced=True)  # its record could not be read
        if change.is_ready and _is_taken_back(change)
        else change
        for change in resolved
    ]


def _complete_deletions(
    mirror: LeasedMirror, changes: Sequence[Change], options: MirrorOptions
) -> Sequence[Change]:
    """Add to deletions the former values of rows that were deleted before they had a record.

    They are those that were sent. All other deletions have all values, and need no query.
    """
    names = set(options.pushed.values())
    pks = {change.row: change.item.pk for change in changes if change.operation == "delete"}
    keys = [c.row for c in changes if c.row in pks and not names <= c.base.keys()]
    if not keys:
        return changes
    sent: dict[str, dict[str, Any]] = defaultdict(dict)
    items = mirror.changes.exclude(operation="delete").filter(object_id__in=keys)
    items = items.filter(state__in=WRITTEN).order_by("pk")
    for pk, key, changed in items.values_list("pk", "object_id", "changed"):
        if pk < pks[key]:
            # Zoho clears lookups to deleted records.
            sent[key] |= {n: v for n, v in changed.items() if not isinstance(v, dict)}
    return [
        replace(change, base={**sent[change.row], **change.base}) if change.row in sent else change
        for change in changes
    ]


def _is_taken_back(change: Change) -> bool:
    """Whether an update has nothing left to send."""
    return change.operation == "update" and not change.changed


def _resolve(options: MirrorOptions, change: Change, current: ZohoRecords) -> Change:
    """Resolve the conflict of one change; its `record` is set if the row takes over values."""
    resolve = _resolve_deletion if change.operation == "delete" else _resolve_update
    changed_at = current.changed_at(change.zoho_id)
    change = replace(change, record_time=changed_at)
    is_newer = changed_at is not None and changed_at > change.item.created_at + current.skew
    return resolve(options, change, current, is_newer)


def _resolve_deletion(
    options: MirrorOptions, change: Change, current: ZohoRecords, is_newer: bool
) -> Change:
    base_time = moment_or_none(change.base.get("Modified_Time"))
    changed_at = current.changed_at(change.zoho_id)
    zoho, fields = current.values[change.zoho_id], set(options.pushed.values())
    if base_time is not None and changed_at is not None and changed_at <= base_time:
        # Polls left out only what was changed here. Zoho clears lookups without a new time.
        fields &= set(change.base.get(UNSENT, ()))
        fields -= {column.zoho_name for column in columns_of(options.model) if column.to}
        if not fields or changed_at < _find_first_time(change.item) + current.skew - SECOND:
            return change  # or Zoho's values are older than the first edit
    conflict = decide_deletion(
        options.conflict, change.base, zoho, is_zoho_newer=is_newer, fields=fields
    )
    change = replace(change, conflict=conflict)
    if not conflict:
        time = changed_at.isoformat() if changed_at else None
        return replace(change, base={**change.base, "Modified_Time": time})
    record = current.records[change.zoho_id]
    return replace(change, record=record).end(State.CONFLICT, reason("restored"))


def _resolve_update(
    options: MirrorOptions, change: Change, current: ZohoRecords, is_newer: bool
) -> Change:
    zoho = current.values[change.zoho_id]
    try:
        decision = decide(
            options.conflict, change.changed, change.base, zoho, is_zoho_newer=is_newer
        )
        json.dumps(decision.send)  # the function may have returned something else than JSON
    except Exception as error:  # of the project's function, which may work later
        logger.exception("the conflict of %s could not be resolved", change.item)
        why = reason("undecided", type=type(error).__name__)
        return replace(change, attempts=change.attempts + 1).retry(why)
    if decision.is_zoho_kept and _is_connected_again(change.item):
        # Zoho may have been restored, or replaced by a copy. No policy covers that.
        held = {name: {**both, "kept": HELD} for name, both in decision.lost.items()}
        change = replace(change, conflict=_add_to(change.conflict, held))
        return change.end(State.CONFLICT, reason("reconnected"))
    # If the change is sent again, it is compared with these values. A later change of a field that
    # is not sent has the value that its user saw.
    known = {**change.base, **zoho}
    base = {name: known[name] for name in decision.send if name in known} or change.base
    change = replace(
        change,
        changed=decision.send,
        base=mark_saved(base, change.saved_values(), decision.send, change.key),
        conflict=_add_to(change.conflict, decision.lost),
        record=current.records[change.zoho_id] if decision.is_zoho_kept else None,
    )
    if change.changed:
        return change
    # Polls left out the fields of open changes, also of those that users have set back since.
    saved = ((name, value) for name, (value, _) in change.saved_values().items())
    known_values = chain(change.base.items(), saved)
    if decision.is_zoho_kept or any(zoho.get(n, v) != v for n, v in known_values):
        change = replace(change, record=current.records[change.zoho_id])
    return change.end_unsent()


def _add_to(former: Mapping[str, Both], lost: Mapping[str, Both]) -> dict[str, Both]:
    """Add conflicts to those of an earlier attempt, whose values of Zoho become `earlier`."""
    both_times = {
        name: {**both, "earlier": [*former[name].get("earlier", ()), former[name]["zoho"]]}
        for name, both in lost.items()
        if name in former
    }
    return {**former, **lost, **both_times}


def _is_connected_again(item: OutboxItem) -> bool:
    """Whether the connection was connected again after a change, or one merged into it, was made.

    It may have led to another organisation in between.
    """
    again = (ConnectionHistory.Change.RECONNECTED, ConnectionHistory.Change.REPLACED)
    entries = ConnectionHistory.objects.filter(connection=item.connection_id, change__in=again)
    return entries.filter(created_at__gt=_find_first_time(item)).exists()


def _find_first_time(item: OutboxItem) -> datetime:
    """Return when the first of the changes that were merged into an item was made."""
    first = item.created_at
    earlier = OutboxItem.objects.same_row(item).filter(pk__lt=item.pk)
    times = earlier.only("state", "sent_at", "created_at")
    for change in times.order_by("-pk").iterator():
        if change.is_merged:
            first = min(first, change.created_at)
        elif change.state in WRITTEN:
            break
    return first


# Two requests of the site may read a row and save it one after the other. If the first change is
# sent in between, Zoho has its value when the second change is compared, whose former value is
# older than both. That is not a conflict.


def _rebase(
    mirror: LeasedMirror, changes: Sequence[Change], current: ZohoRecords
) -> Sequence[Change]:
    """Set the former values of changes to Zoho's values where these are not in conflict.

    Either this site wrote them last, or a user whose change was merged had loaded them.
    """
    differing: dict[str, list[str]] = {}
    for change in changes:
        zoho = current.values.get(change.zoho_id, {})
        names = [name for name, value in change.base.items() if zoho.get(name, value) != value]
        if names:
            differing[change.row] = names
    if not differing:
        return changes
    earlier: dict[str, list[OutboxItem]] = defaultdict(list)
    items = mirror.changes.exclude(operation="delete").filter(object_id__in=list(differing))
    for item in items.order_by("-pk"):
        earlier[item.object_id].append(item)
    rebased = []
    for change in changes:
        before = [item for item in earlier[change.row] if item.pk < change.item.pk]
        # A row whose change was taken back gets each of Zoho's values that differs from the base.
        names = [] if _is_taken_back(change) else differing.get(change.row, [])
        own = {
            name: zoho
            for name in names
            if (zoho := current.values[change.zoho_id][name]) in _loaded_values(name, change.base)
            or _is_own(name, zoho, change, before)
        }
        changed = {
            name: value
            for name, value in change.changed.items()
            if name in own or name not in names or not _has_former_value(name, change)
        }
        is_reduced = 0 < len(changed) < len(change.changed)
        base = mark_saved({**change.base, **own}, change.saved_values(), changed, change.key)
        rebased.append(replace(change, changed=changed, base=base, is_reduced=is_reduced))
    return rebased


def _has_former_value(name: str, change: Change) -> bool:
    """Whether a user set a field back to the base, after another one had loaded another value.

    If Zoho has neither of these values, there is nothing to send, and the row gets Zoho's.
    """
    is_shared = bool(_loaded_values(name, change.base)) and change.lost_at is None
    return is_shared and bool(change.changed[name] == change.base.get(name))


def _is_own(name: str, zoho: Any, change: Change, earlier: Sequence[OutboxItem]) -> bool:
    """Whether Zoho has the value that this site wrote last, and the base is an earlier own value.

    `earlier` are the row's earlier changes, the last one first.
    """
    items = [item for item in earlier if name in item.changed]
    is_former, lost_at = _is_former(name, change, earlier), change.lost_at
    if lost_at is not None and change.item.created_at <= lost_at:
        lost_at = None  # that request had the value of the change itself
    # A creation that got no response has no base.
    if not is_former and (lost_at is None or change.base[name] is not None):
        return False
    for item in items:
        if item.sent_at is not None:
            has_value = bool(item.changed[name] == zoho)
            # A person may have discarded it, in conflict or in doubt.
            is_discarded = item.state == State.DISCARDED and (has_value or name in item.conflict)
            if item.state in WRITTEN or is_discarded:
                return is_former and has_value
        is_merged = item in change.items or item.state == State.DONE
        if lost_at is not None and is_merged and item.created_at <= lost_at:
            if item.changed[name] == zoho:
                return True  # the request that got no response had this value
            lost_at = None  # older values were replaced in that request
        # The change was not written: it was merged into a later one, failed or was discarded.
        # Without a base it was a creation, and somebody else may have written Zoho's value.
        known = (item.base[name], *_loaded_values(name, item.base)) if name in item.base else ()
        if item.state not in WRITTEN and zoho in known:
            return is_former
    return False


def _is_former(name: str, change: Change, earlier: Sequence[OutboxItem]) -> bool:
    """Whether the base is an own value of earlier changes of a field, or one that was replaced.

    The users of changes after the last request may have loaded what Zoho had after that.
    """
    base, lost_at, is_sent = change.base[name], change.lost_at, False
    was_empty = any(
        item.operation == "create" and name not in item.changed
        for item in earlier
        if item.is_merged
    )
    for item in earlier:
        if name not in item.changed:
            continue
        is_lost = lost_at is not None and item.created_at <= lost_at
        is_sent = is_sent or is_lost or item.sent_at is not None
        is_replaced = name in item.base and item.base[name] == base
        if item.operation == "create":  # with which a later change of an empty field was merged
            is_replaced = was_empty and (base is None or base is False or base == [])
        if item.changed[name] == base or (is_sent and is_replaced):
            return True
    return False


def _loaded_values(name: str, base: Mapping[str, Any]) -> Sequence[Any]:
    """Return the other values of a field that users whose changes were merged had loaded."""
    values: Sequence[Any] = base.get(LOADED, {}).get(name, ())
    return values
