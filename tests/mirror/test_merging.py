"""Several changes of a row are one: the newest state wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django_zcrm.mirror.planning.merging import LOADED, SAVED, UNSENT, merge_changes
from tests.cases import check_each


@dataclass
class Change:
    """A change as the outbox has it."""

    operation: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    lost_at: datetime | None = None
    conflict: Mapping[str, Any] = field(default_factory=dict)
    key: int = 0


def create(**changed: Any) -> Change:
    return Change("create", changed)


def update(before: dict[str, Any], **changed: Any) -> Change:
    return Change("update", changed, before)


LOADED_3 = {"a": 1, LOADED: {"a": [3]}}
"""The former values of a change one of whose users had loaded another value."""

BACK_A = {"a": 1, SAVED: {"a": [1, 0]}}
"""The former values of a change of which a field was taken back."""

DELETE = Change("delete", base={"a": 1, "b": 1})
NOW = datetime.now(UTC)


@check_each(
    ("changes", "operation", "changed", "base", "count"),
    [
        ([update({"a": 1}, a=2)], "update", {"a": 2}, {"a": 1}, 1),
        ([update({"a": 1}, a=2), update({"a": 2}, a=3)], "update", {"a": 3}, {"a": 1}, 2),
        (
            [update({"a": 1}, a=2), update({"b": None}, b=3)],
            "update",
            {"a": 2, "b": 3},
            {"a": 1, "b": None},
            2,
        ),
        ([update({"a": 1}, a=2), update({"a": 2}, a=1)], "", {}, BACK_A, 2),
        (
            [update({"a": 1}, a=2), update({"a": 2, "b": 3}, a=1, b=4)],
            "update",
            {"b": 4},
            {"b": 3, SAVED: {"a": [1, 0]}},
            2,
        ),
        # A person retried the first change after a user had set its field back.
        ([update({"a": 1}, a=2), update(BACK_A)], "", {}, BACK_A, 2),
        ([update({"a": 0}, a=1), update(BACK_A)], "update", {"a": 1}, {"a": 0}, 2),
        ([create(a=2), update(BACK_A)], "create", {"a": 2}, {}, 2),
        ([update(BACK_A), update({"a": 3}, a=4)], "update", {"a": 4}, LOADED_3, 2),
        # A poll has stored another value since that was taken back.
        ([update(BACK_A), DELETE], "delete", {}, {"a": 1, "b": 1, UNSENT: ["a"]}, 2),
        (
            [update(BACK_A), Change("delete", base={"a": 2})],
            "delete",
            {},
            {"a": 2, UNSENT: []},
            2,
        ),
        # The second user had loaded a value of Zoho's, and a third one that user's.
        ([update({"a": 1}, a=2), update({"a": 3}, a=4)], "update", {"a": 4}, LOADED_3, 2),
        ([update({"a": 1}, a=2), update({"a": 3}, a=1)], "update", {"a": 1}, LOADED_3, 2),
        (
            [update({"a": 1}, a=2), update({"a": 3}, a=4), update({"a": 4}, a=5)],
            "update",
            {"a": 5},
            LOADED_3,
            3,
        ),
        # The first two were merged before.
        ([update(LOADED_3, a=4), update({"a": 4}, a=5)], "update", {"a": 5}, LOADED_3, 2),
        (
            [update(LOADED_3, a=4), update({"b": 1}, b=1)],
            "update",
            {"a": 4},
            {**LOADED_3, SAVED: {"b": [1, 0]}},
            2,
        ),
        (
            [update({"a": {"id": "1"}}, a={"row": "2"}), update({"a": {"id": "3"}}, a=None)],
            "update",
            {"a": None},
            {"a": {"id": "1"}, LOADED: {"a": [{"id": "3"}]}},
            2,
        ),
        (
            [update({"a": ["b"]}, a=[]), update({"a": []}, a=["b"])],
            "",
            {},
            {"a": ["b"], SAVED: {"a": [["b"], 0]}},
            2,
        ),
        ([create(a=1), update({"a": 1}, a=2, b=3)], "create", {"a": 2, "b": 3}, {}, 2),
        ([create(a=1), update({"a": 1}, a=2), update({"a": 2}, a=1)], "create", {"a": 1}, {}, 3),
        # The first creation was discarded.
        ([update({"a": 1}, a=2), create(a=2, b=3)], "create", {"a": 2, "b": 3}, {}, 2),
        ([create(a=1), DELETE], "", {}, {}, 2),
        # A lookup that was left out is sent if the record was not created after all.
        ([Change("create", {"a": 1}, {"b": 2})], "create", {"a": 1, "b": 2}, {}, 1),
        ([create(a=1), update({"a": 1}, a=2), DELETE], "", {}, {}, 3),
        # What Zoho has is what the row had before the first change.
        (
            [update({"a": 0}, a=1), DELETE],
            "delete",
            {},
            {"a": 0, "b": 1, UNSENT: ["a"]},
            2,
        ),
        (
            [update({"a": 1}, a=4), update({"a": 3}, a=2), Change("delete", base={"a": 2})],
            "delete",
            {},
            {**LOADED_3, UNSENT: ["a"]},
            3,
        ),
        # Zoho may have the first change, whose request got no response.
        (
            [Change("update", {"a": 2}, {"a": 1}, NOW), update({"a": 2}, a=1)],
            "update",
            {"a": 1},
            {"a": 1},
            2,
        ),
        # Nobody had loaded the value of Zoho's that lost a conflict.
        (
            [
                Change("update", {"a": 2}, {"a": 3}, conflict={"a": {"kept": "local"}}),
                update({"a": 2}, a=3),
            ],
            "update",
            {"a": 3},
            {"a": 3},
            2,
        ),
        (
            [
                Change("update", {"b": 2}, {"b": 1}, conflict={"a": {"kept": "zoho"}}),
                update({"a": 3}, a=4),
                update({"a": 4}, a=3),
            ],
            "update",
            {"b": 2},
            {"b": 1, SAVED: {"a": [3, 0]}},
            3,
        ),
        # Another request saved the deleted row again.
        (
            [update({"a": 0}, a=1), DELETE, update({"b": 1}, b=2)],
            "update",
            {"a": 1, "b": 2},
            {"a": 0, "b": 1},
            3,
        ),
        # The same key again is another row, whose turn comes afterwards.
        ([DELETE, create(a=1)], "delete", {}, {"a": 1, "b": 1}, 1),
    ],
)
def test_merge_changes_of_a_row_returns_one_change(
    changes: list[Change], operation: str, changed: dict[str, Any], base: dict[str, Any], count: int
) -> None:
    change = merge_changes(changes)
    assert (change.operation, change.changed, change.base, change.count) == (
        operation,
        changed,
        base,
        count,
    )
