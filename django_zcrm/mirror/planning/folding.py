"""Several changes of one row as one: the newest state wins. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CREATE, UPDATE, DELETE = "create", "update", "delete"


class Item(Protocol):
    """What an outbox item says of a change."""

    operation: str
    changed: Mapping[str, Any]
    base: Mapping[str, Any]


@dataclass
class Folded:
    """What several changes come to; `operation` is empty when there is nothing to be sent.

    `base` has the oldest value of each field, `count` is how many of the changes it covers: the
    deletion of a row and another one with the same key are two.
    """

    operation: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    count: int = 0


def folded(items: Sequence[Item]) -> Folded:
    """Fold the changes of one row, the oldest first, none of which was sent."""
    found = Folded()
    before = ""
    for item in items:
        if item.operation == CREATE and found.operation == DELETE:
            break
        found.count += 1
        if item.operation == DELETE:
            is_new = before == CREATE
            found.operation, found.changed = ("" if is_new else DELETE), {}
            found.base = {} if is_new else dict(item.base) | found.base
        else:
            # A row that was deleted and saved again is one that was changed.
            found.operation = before if before == CREATE else item.operation
            if item.operation == CREATE:
                found.changed |= item.base  # the lookups that it left out
            found.changed |= item.changed
            if found.operation == UPDATE:
                found.base = dict(item.base) | found.base
        before = found.operation
    if found.operation == UPDATE:
        found.changed = {
            name: value
            for name, value in found.changed.items()
            if name not in found.base or found.base[name] != value
        }
        found.base = {name: found.base[name] for name in found.changed if name in found.base}
        if not found.changed:
            found.operation = ""
    return found
