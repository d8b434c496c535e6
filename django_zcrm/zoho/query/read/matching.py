"""A plan that reads the records that meet a condition, with Zoho's time of the response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..compile import tree
from ..compile.query import Query, resolve_and_compile
from ..compile.tree import Q
from ..steps import Perform, QueryPlan, RecordSource
from . import selecting
from .changes import DATED, Changes
from .convert import shaping

ROWS = 200
"""Records of one query: Zoho charges by its LIMIT, a credit for so many."""


def matching(
    source: RecordSource, module: str, fields: Sequence[str], where: Q, after: str = ""
) -> QueryPlan[Changes]:
    """Read the records that meet a condition and have ids greater than `after`, ordered by id.

    Returns at most `ROWS` rows like those of `values()`, with id. Makes one request. Raises the
    errors of calls, and ConfigurationError for unknown fields.
    """
    if after:
        where = where & Q(id__gt=after)
    query = Query(
        module,
        where=tree.tree_of((where,), {}, str, negated=False),
        orders=("id",),
        fields=tuple(dict.fromkeys(("id", *fields))),
        shape="values",
    )
    compiled = yield from resolve_and_compile(query, source)
    columns = compiled.limits.columns
    parts = [compiled.columns[at : at + columns] for at in range(0, len(compiled.columns), columns)]
    step = selecting.select(compiled, parts[0], compiled.where, ROWS, 0)
    page: Any = yield Perform(DATED, step.arguments)
    for part in parts[1:] if page.rows else ():
        yield from selecting.add_columns(compiled, page, part, compiled.where, ROWS, 0)
    rows = shaping("values", compiled.columns)(page.rows)
    return Changes(rows, bool(page.more_records), page.info["server_time"])
