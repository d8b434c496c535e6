"""Arithmetic of slot counts."""

from __future__ import annotations

from collections.abc import Iterable

from .slot_pool import SlotCounts


def numbers(share: SlotCounts) -> tuple[int, int, int]:
    """Return the numbers of slots, heavy slots and batch slots."""
    return share.slots, share.heavy, share.batch


def sum_counts(shares: Iterable[SlotCounts]) -> SlotCounts:
    """Return the sum of some counts."""
    slots = heavy = batch = 0
    for share in shares:
        slots, heavy, batch = slots + share.slots, heavy + share.heavy, batch + share.batch
    return SlotCounts(slots, heavy, batch)


def difference(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    """Return how many slots of each kind are left; never less than 0."""
    return SlotCounts(
        max(share.slots - other.slots, 0),
        max(share.heavy - other.heavy, 0),
        max(share.batch - other.batch, 0),
    )


def smaller_of(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    """Return the smaller number of each kind of slots."""
    return SlotCounts(*map(min, numbers(share), numbers(other)))


def larger_of(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    """Return the larger number of each kind of slots."""
    return SlotCounts(*map(max, numbers(share), numbers(other)))
