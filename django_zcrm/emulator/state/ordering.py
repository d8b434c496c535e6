"""A collection that stays sorted, with fast changes at any size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

BLOCK = 1_000
"""Members of a block when it is made; one of twice as many is divided."""

_last = itemgetter(-1)


class Ordering:
    """Members in ascending order, each once.

    Members are stored in blocks, so that a change in a million members moves a thousand at most.
    """

    def __init__(self, members: Iterable[Any] = ()) -> None:
        ordered = sorted(members)
        self._blocks = [ordered[at : at + BLOCK] for at in range(0, len(ordered), BLOCK)] or [[]]
        self._length = len(ordered)

    def __len__(self) -> int:
        return self._length

    def add(self, member: Any) -> None:
        """Add a member that is not among the others yet."""
        at = self._block_of(member)
        block = self._blocks[at]
        insort(block, member)
        self._length += 1
        if len(block) >= 2 * BLOCK:
            self._blocks[at : at + 1] = [block[:BLOCK], block[BLOCK:]]

    def remove(self, member: Any) -> None:
        """Remove a member. Raises KeyError when it is not there."""
        at = self._block_of(member)
        block = self._blocks[at]
        position = bisect_left(block, member)
        if block[position : position + 1] != [member]:
            raise KeyError(member)
        del block[position]
        self._length -= 1
        if not block and len(self._blocks) > 1:
            del self._blocks[at]

    def iterate(
        self, low: Any = None, high: Any = None, *, descending: bool = False
    ) -> Iterator[Any]:
        """Iterate over the members from `low` to `high`, both included; None means no limit."""
        (first, start), (last, end) = self._bounds(low, high)
        blocks = range(first, last + 1)
        for at in reversed(blocks) if descending else blocks:
            block = self._blocks[at][start if at == first else 0 : end if at == last else None]
            yield from reversed(block) if descending else block

    def count(self, low: Any = None, high: Any = None) -> int:
        """Return the number of members from `low` to `high`."""
        (first, start), (last, end) = self._bounds(low, high)
        if first > last:
            return 0
        return max(sum(map(len, self._blocks[first:last])) - start + end, 0)

    def _bounds(self, low: Any, high: Any) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return block and position of the first member, and of the first one after the last."""
        first, start = 0, 0
        last, end = len(self._blocks) - 1, len(self._blocks[-1])
        if low is not None:
            first = self._block_of(low)
            start = bisect_left(self._blocks[first], low)
        if high is not None:
            last = self._block_of(high)
            end = bisect_right(self._blocks[last], high)
        return (first, start), (last, end)

    def _block_of(self, member: Any) -> int:
        """Return the block where a member is, or would be added."""
        if self._length == 0:
            return 0
        return min(bisect_left(self._blocks, member, key=_last), len(self._blocks) - 1)
