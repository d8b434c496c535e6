"""Merges several changes of one row into one: the newest values win. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

CREATE, UPDATE, DELETE = "create", "update", "delete"


class LocalChange(Protocol):
    """The attributes of an outbox item that are needed here."""

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

    `base` has of each field the last value of Zoho's that the row had before a change. `count` is
    the number of changes that were merged; it ends before the creation of another row with the key
    of a deleted one.
    """

    operation: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    count: int = 0


def merge_changes(items: Sequence[LocalChange]) -> MergedChange:
    """Merge unsent changes of one row, oldest first."""
    change = MergedChange()
    before, dropped = "", dict[str, Any]()
    own: dict[str, list[Any]] = defaultdict(list)
    lost = set[str]()
    for item in items:
        if item.operation == CREATE and change.operation == DELETE:
            break
        change.count += 1
        if item.operation == DELETE:
            is_new, dropped = before == CREATE, change.changed
            change.operation, change.changed = ("" if is_new else DELETE), {}
            change.base = {} if is_new else dict(item.base) | change.base
            if before == UPDATE:  # polls left out fields that were changed here, but not the time
                change.base.pop("Modified_Time", None)
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
                # A value that the site has not written came from Zoho in between.
                change.base |= {
                    name: value
                    for name, value in item.base.items()
                    if name not in change.base or value not in own[name]
                }
            for name, value in (*item.base.items(), *item.changed.items()):
                own[name].append(value)
            if item.lost_at is not None:
                lost |= item.changed.keys()
        before = change.operation
    if change.operation == UPDATE:
        change.changed = {
            name: value
            for name, value in change.changed.items()
            if name not in change.base or change.base[name] != value or name in lost
        }
        change.base = {name: change.base[name] for name in change.changed if name in change.base}
        if not change.changed:
            change.operation = ""
    return change
