"""Merges several changes of one row into one: the newest values win. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

CREATE, UPDATE, DELETE = "create", "update", "delete"

UNSENT = "$unsent"
"""The key of the fields that were changed here, but not sent, before a row was deleted."""

LOADED = "$loaded"
"""The key of the values that the last of several merged updates had as its `base`."""


class LocalChange(Protocol):
    """The attributes of a change that are needed here."""

    @property
    def operation(self) -> str: ...

    @property
    def changed(self) -> Mapping[str, Any]: ...

    @property
    def base(self) -> Mapping[str, Any]: ...

    @property
    def lost_at(self) -> datetime | None: ...


@dataclass
class MergedChange:
    """Merged changes; `operation` is empty if nothing is to be sent.

    `base` has the oldest value of each field, also if nothing is to be sent; that of a deletion
    after unsent updates has UNSENT, and that of updates has LOADED. `count` is the number of
    changes that were merged; it ends before the creation of another row with the key of a deleted
    one.
    """

    operation: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    count: int = 0


def merge_changes(items: Sequence[LocalChange]) -> MergedChange:
    """Merge unsent changes of one row, oldest first.

    Zoho may have the values of those that got no response, so they are not taken back unsent.
    """
    change = MergedChange()
    before, dropped = "", dict[str, Any]()
    lost = set[str]()
    for item in items:
        if item.operation == CREATE and change.operation == DELETE:
            break
        change.count += 1
        if item.operation == DELETE:
            is_new, dropped = before == CREATE, change.changed
            change.operation, change.changed = ("" if is_new else DELETE), {}
            unsent = {UNSENT: sorted(dropped)} if before == UPDATE else {}
            change.base = {} if is_new else dict(item.base) | change.base | unsent
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
        before = change.operation
    if change.operation == UPDATE:
        change.changed = {
            name: value
            for name, value in change.changed.items()
            if name not in change.base or change.base[name] != value or name in lost
        }
        if change.changed:
            base = {n: change.base[n] for n in change.changed if n in change.base}
            loaded = loaded_values(items[change.count - 1].base)
            change.base = base if loaded == base else {**base, LOADED: loaded}
        else:
            change.operation = ""
    return change


def loaded_values(base: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values that the user who saved a change had loaded, from the change's `base`.

    Without the fields that were merged into it from changes before it.
    """
    values: Mapping[str, Any] = base.get(LOADED, base)
    return values
