"""How the record sets of a client behave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from ..errors import DoesNotExist, MultipleObjectsReturned


@dataclass(frozen=True)
class Options:
    """How the record sets of a client behave.

    `rows` is how many records one of them keeps in memory, `zone` returns the time zone in which
    days begin; the errors are what `get()` raises. `bulk_write_from` is the number of rows from
    which they are written by bulk write where nothing else is said; None for never.
    `check_may_block` is called before anything that blocks, with what can be awaited instead; it
    raises where that is wrong.
    """

    rows: int = 10_000
    bulk_write_from: int | None = None
    zone: Callable[[], tzinfo] = field(default=lambda: UTC)
    does_not_exist: type[DoesNotExist] = DoesNotExist
    multiple_objects_returned: type[MultipleObjectsReturned] = MultipleObjectsReturned
    check_may_block: Callable[[str], None] = lambda awaited: None
