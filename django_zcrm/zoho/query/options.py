"""How the record sets of a client behave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from ..errors import DoesNotExist, MultipleObjectsReturned, UnknownField


@dataclass(frozen=True)
class Options:
    """How the record sets of a client behave.

    `rows` is the maximum number of records that one record set caches. `zone` returns the time zone
    in which days begin. `does_not_exist`, `multiple_objects_returned` and `unknown_field` are the
    errors to raise. `bulk_write_threshold` is the number of rows from which bulk write is the
    default; None for never. `check_may_block` is called before anything that blocks, with the name
    of the awaitable alternative; it raises an error where blocking is not allowed.
    """

    rows: int = 10_000
    bulk_write_threshold: int | None = None
    zone: Callable[[], tzinfo] = field(default=lambda: UTC)
    does_not_exist: type[DoesNotExist] = DoesNotExist
    unknown_field: type[UnknownField] = UnknownField
    multiple_objects_returned: type[MultipleObjectsReturned] = MultipleObjectsReturned
    check_may_block: Callable[[str], None] = lambda awaited: None
