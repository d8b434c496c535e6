"""A plan that reads the records that meet a condition, with Zoho's time of the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import selecting, tree
from .changes import DATED, Changes
from .convert import shaping
from .query import Query, compiled
from .steps import Perform, Plan, RecordSource
from .tree import Q

ROWS = 200
"""Records of one query: Zoho charges by its LIMIT, a credit for so many."""


def matching(
    source: RecordSource, module: str, fields: Sequence[str], where: Q, after: str = ""
) -> Plan[Changes]:
    """Read the records that meet a condition and have ids greater than `after`, in that order.

    At most `ROWS`, as `values()` gives them, with id. One request; raises what calls raise, and
    ConfigurationError for unknown fields.
    """
    if after:
        where = where & Q(id__gt=after)
    query = Query(
        module,
        where=tree.given((where,), {}, str, negated=False),
        orders=("id",),
        fields=tuple(dict.fromkeys(("id", *fields))),
        shape="values",
    )
    asked = yield from compiled(query, source)
    columns = asked.limits.columns
    parts = [asked.columns[at : at + columns] for at in range(0, len(asked.columns), columns)]
    step = selecting.select(asked, parts[0], asked.where, ROWS, 0)
    page: Any = yield Perform(DATED, step.given)
    for part in parts[1:] if page.rows else ():
        yield from selecting.add_columns(asked, page, part, asked.where, ROWS, 0)
    rows = shaping("values", asked.columns)(page.rows)
    return Changes(rows, bool(page.more_records), page.info["server_time"])
