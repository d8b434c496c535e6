"""Merges several changes of one row into one: the newest values win. Pure functions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

CREATE, UPDATE, DELETE = "create", "update", "delete"

UNSENT = "$unsent"
"""The key of the fields that were changed here, but not sent, before a row was deleted."""

LOADED = "$loaded"
"""The key of the other values, by field, that users whose changes were merged had loaded."""

TAKEN_BACK = "$taken_back"
"""The key of the changed fields that are not sent: a user set them back, or Zoho has the value.

It has the values that were saved last.
"""


class LocalChange(Protocol):
    """The attributes of a change that are needed here."""

    @property
    def operation(self) -> str: ...

    @property
    def changed(self) -> Mapping[str, Any]: ...

    @property
    def base(self) -> Mapping[str, Any]: ...

    @property
    def conflict(self) -> Mapping[str, Any]: ...

    @property
    def lost_at(self) -> datetime | None: ...


@dataclass
class MergedChange:
    """Merged changes; `operation` is empty if nothing is to be sent.

    `base` has the oldest value of each field, also if nothing is to be sent, and LOADED if users
    had loaded other values; that of a deletion after unsent updates has UNSENT, and that of other
    fields than those in `changed` has TAKEN_BACK. `count` is the number of changes that were
    merged; it ends before the creation of another row with the key of a deleted one. `is_reduced`
    says that fields were taken back beside those in `changed`, so that no comparison with Zoho
    follows for them; one follows if nothing is to be sent.
    """

    operation: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    is_reduced: bool = False


def merge_changes(items: Sequence[LocalChange]) -> MergedChange:
    """Merge unsent changes of one row, oldest first.

    Zoho may have the values of those that got no response, so they are not taken back unsent. Nor
    are fields of which users had loaded several values, as Zoho may have another one than `base`,
    or whose `base` is the value of Zoho's that lost a conflict, which no user had loaded.
    """
    change = MergedChange()
    before, dropped = "", dict[str, Any]()
    lost = set[str]()
    # Fields of changes that were taken back as a whole, whose comparison failed.
    uncompared = set[str]()
    taken_back = dict[str, Any]()
    for item in items:
        if item.operation == CREATE and change.operation == DELETE:
            break
        change.count += 1
        if item.operation == DELETE:
            is_new, dropped = before == CREATE, change.changed
            change.operation, change.changed = ("" if is_new else DELETE), {}
            # The row has got these values since, so whoever deleted it may have seen them.
            seen = {
                name: item.base[name]
                for name in (uncompared - dropped.keys()) & item.base.keys()
                if item.base[name] != change.base.get(name)
            }
            unsent = {*dropped, *uncompared} - seen.keys()
            marks = {UNSENT: sorted(unsent)} if before == UPDATE else {}
            change.base = {} if is_new else dict(item.base) | change.base | seen | marks
        else:
            # A row that was deleted and saved again counts as changed, with what was saved before.
            if before == DELETE:
                change.changed = dropped
            change.operation = before if before == CREATE else item.operation
            if item.operation == CREATE:
                change.changed |= item.base  # the lookups that the creation omitted
                change.base = {}  # of changes before it, whose creation was discarded
            change.changed |= item.changed
            if change.operation == UPDATE:
                change.base = dict(item.base) | change.base
            if item.lost_at is not None:
                lost |= item.changed.keys()
            lost.update(name for name, both in item.conflict.items() if both["kept"] != "zoho")
            taken_back = omit(taken_back | item.base.get(TAKEN_BACK, {}), item.changed)
            if taken_back and change.operation == UPDATE:
                # A person may have retried an older change since.
                kept = omit_replaced(change.changed, taken_back)
                uncompared |= change.changed.keys() - kept.keys()
                change.changed = kept
            if not item.changed:
                uncompared |= item.base.keys() - {LOADED, TAKEN_BACK}
        before = change.operation
    loaded = _find_loaded(items[: change.count], change.base)
    if change.operation == UPDATE:
        lost |= loaded.keys()
        changed = {
            name: value
            for name, value in change.changed.items()
            if name not in change.base or change.base[name] != value or name in lost
        }
        fields = change.changed.keys() | uncompared
        taken_back = omit(taken_back | change.changed, changed)
        change.changed, change.is_reduced = changed, bool(changed) and len(changed) < len(fields)
        loaded = {name: values for name, values in loaded.items() if name in change.changed}
        if change.changed:
            change.base = {n: change.base[n] for n in change.changed if n in change.base}
        else:
            change.operation = ""
    for key in (LOADED, TAKEN_BACK):
        change.base.pop(key, None)
    if loaded:
        change.base[LOADED] = loaded
    if taken_back and change.operation in ("", UPDATE):
        change.base[TAKEN_BACK] = taken_back
    return change


def omit(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the values of other fields."""
    return {name: value for name, value in values.items() if name not in names}


def omit_replaced(values: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those of fields that have another value later."""
    return {name: value for name, value in values.items() if later.get(name, value) == value}


def _find_loaded(items: Sequence[LocalChange], base: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of changed fields, other than `base`, that users of the site had loaded.

    Without those that others had saved here, which nobody has read from Zoho.
    """
    saved: dict[str, set[str]] = defaultdict(set)
    loaded: dict[str, dict[str, Any]] = defaultdict(dict)
    for item in items:
        for name, values in item.base.get(LOADED, {}).items():
            loaded[name] |= {_as_text(value): value for value in values}
    changed = {name for item in items for name in item.changed} if len(items) > 1 else set()
    for item in items:
        for name in changed & item.base.keys():
            if (text := _as_text(item.base[name])) not in saved[name]:
                loaded[name][text] = item.base[name]
        for name in changed & item.changed.keys():
            saved[name].add(_as_text(item.changed[name]))
    others = {
        name: [value for value in values.values() if value != base[name]]
        for name, values in loaded.items()
        if name in base
    }
    return {name: values for name, values in others.items() if values}


def _as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
