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

SAVED = "$saved"
"""The key of the values that users saved last, by field, with the key of the item that saved each.

It has the changed fields that are not sent: a user set them back, Zoho has the value, or they lost
to Zoho. Of those that are sent, it has the ones that an earlier item saved.
"""

Saved = dict[str, list[Any]]
"""A value and the key of its item, by field."""


class LocalChange(Protocol):
    """The attributes of a change that are needed here; `key` is that of its item."""

    @property
    def key(self) -> int: ...

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

    `base` has the oldest value of each field, also if nothing is to be sent, SAVED, and LOADED if
    users had loaded other values; that of a deletion after unsent updates has UNSENT. `count` is
    the number of changes that were merged; it ends before the creation of another row with the key
    of a deleted one. `is_reduced` says that fields were taken back beside those in `changed`, so
    that no comparison with Zoho follows for them; one follows if nothing is to be sent.
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
    merger = _Merger()
    for item in items:
        if item.operation == CREATE and merger.change.operation == DELETE:
            break
        merger.add(item)
    change = merger.change
    loaded = _find_loaded(items[: change.count], change.base)
    change.base = omit(change.base, [LOADED, SAVED])
    if change.operation == UPDATE:
        merger.lost |= loaded.keys()
        merger.take_back()
        loaded = {name: values for name, values in loaded.items() if name in change.changed}
        key = items[change.count - 1].key
        change.base = mark_saved(change.base, merger.saved, change.changed, key)
    if loaded:
        change.base[LOADED] = loaded
    return change


class _Merger:
    """Merges one change after the other into `change`.

    `lost` are the fields that are sent although their value equals `base`.
    """

    def __init__(self) -> None:
        self.change, self.saved, self.lost = MergedChange(), Saved(), set[str]()
        self._before, self._dropped = "", dict[str, Any]()
        # Fields of changes that were taken back as a whole, whose comparison failed.
        self._uncompared = set[str]()

    def add(self, item: LocalChange) -> None:
        self.change.count += 1
        if item.operation == DELETE:
            self._delete(item)
        else:
            self._save(item)
        self._before = self.change.operation

    def _delete(self, item: LocalChange) -> None:
        change, dropped = self.change, self.change.changed
        is_new = self._before == CREATE
        # The row has got these values since, so whoever deleted it may have seen them.
        seen = {
            name: item.base[name]
            for name in (self._uncompared - dropped.keys()) & item.base.keys()
            if item.base[name] != change.base.get(name)
        }
        unsent = {*dropped, *self._uncompared} - seen.keys()
        marks = {UNSENT: sorted(unsent)} if self._before == UPDATE else {}
        change.operation, change.changed, self._dropped = ("" if is_new else DELETE), {}, dropped
        change.base = {} if is_new else dict(item.base) | change.base | seen | marks

    def _save(self, item: LocalChange) -> None:
        change = self.change
        # A row that was deleted and saved again counts as changed, with what was saved before.
        if self._before == DELETE:
            change.changed = self._dropped
        change.operation = CREATE if self._before == CREATE else item.operation
        older = change.changed
        if item.operation == CREATE:
            # Changes before it, whose creation was discarded, do not count: it has the whole row.
            older = dict(item.base)  # the lookups that it omitted
            change.base = {}
        if change.operation == UPDATE:
            change.base = dict(item.base) | change.base
        if item.lost_at is not None:
            self.lost |= item.changed.keys()
        self.lost.update(name for name, both in item.conflict.items() if both["kept"] != "zoho")
        keep_last(self.saved, saved_values(item.changed, item.base, item.key))
        change.changed = {**older, **item.changed}
        if change.operation == UPDATE:
            self._omit_replaced(older, item.changed)
        if not item.changed:
            self._uncompared |= item.base.keys() - {LOADED, SAVED}

    def _omit_replaced(self, older: Mapping[str, Any], newer: Mapping[str, Any]) -> None:
        """Keep the values that users saved last: a person may have retried an older change since.

        The newer change may have values of changes that are still older.
        """
        change = self.change
        for name in list(change.changed):
            last = self.saved[name][0]
            if last in [values[name] for values in (older, newer) if name in values]:
                change.changed[name] = last
            else:
                del change.changed[name]
                self._uncompared.add(name)

    def take_back(self) -> None:
        """Omit the values that equal `base` from an update."""
        change, lost = self.change, self.lost
        changed = {
            name: value
            for name, value in change.changed.items()
            if name not in change.base or change.base[name] != value or name in lost
        }
        fields = change.changed.keys() | self._uncompared
        change.changed, change.is_reduced = changed, bool(changed) and len(changed) < len(fields)
        if changed:
            change.base = {n: change.base[n] for n in changed if n in change.base}
        else:
            change.operation = ""


def saved_values(changed: Mapping[str, Any], base: Mapping[str, Any], key: int) -> Saved:
    """Return the values that users saved last, as the item with a key has them."""
    own = {name: [value, key] for name, value in changed.items()}
    others = base.get(SAVED, {}).items()
    return own | {name: [changed.get(name, value), earlier] for name, (value, earlier) in others}


def keep_last(saved: Saved, others: Saved) -> None:
    """Add values to those that users saved last, unless they are older."""
    saved |= {
        name: entry
        for name, entry in others.items()
        if name not in saved or entry[1] >= saved[name][1]
    }


def mark_saved(
    base: Mapping[str, Any], saved: Saved, changed: Collection[str], key: int
) -> dict[str, Any]:
    """Return `base` with SAVED, for an item with a key that sends the `changed` fields."""
    entries = {
        name: entry for name, entry in saved.items() if name not in changed or entry[1] != key
    }
    others = omit(base, [SAVED])
    return {**others, SAVED: entries} if entries else others


def omit(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the values of other fields."""
    return {name: value for name, value in values.items() if name not in names}


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
