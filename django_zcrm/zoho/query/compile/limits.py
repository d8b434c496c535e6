"""Zoho's limits for reading records, by version of the API."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CoqlLimits:
    """The limits of a COQL query (COQL limitations pages v2 to v8; columns from v7: Kaizen 183).

    `rows` is the largest LIMIT, `reach` the largest LIMIT and OFFSET together.
    """

    rows: int
    reach: int
    columns: int
    values: int
    conditions: int = 25
    orders: int = 10
    groups: int = 4
    aggregates: int = 5
    relations: int = 5
    has_views: bool = False


_OLDEST = CoqlLimits(rows=200, reach=10_000, columns=50, values=50)
_OLD = CoqlLimits(rows=2_000, reach=10_000, columns=50, values=50)
_NEW = CoqlLimits(rows=2_000, reach=100_000, columns=500, values=100, has_views=True)


def coql_limits(version: float) -> CoqlLimits:
    """Return the limits of COQL in a version."""
    if version < 4:
        return _OLDEST
    return _OLD if version < 7 else _NEW
