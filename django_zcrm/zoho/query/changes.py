"""A plan that reads what changed: records in the order of (Modified_Time, id), from a place on.

Modified_Time has whole seconds, and many records may share one: the id tells how far a reader came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..http import Response
from ..readers import Call
from ..results import Page
from . import selecting, tree
from .convert import shaping
from .query import Query, compiled
from .steps import Perform, Plan, Source
from .tree import Q

TIME, ID = "Modified_Time", "id"


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of changes. `server_time` is Zoho's clock when it answered, if the reply told."""

    rows: list[dict[str, Any]]
    more: bool
    server_time: datetime | None


def server_time(reply: Response) -> datetime | None:
    """Return when Zoho answered, by its header Date; None without a readable one."""
    try:
        moment = parsedate_to_datetime(reply.headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _dated(reply: Response, call: Call) -> Page[Any]:
    page: Page[Any] = selecting.COQL.returns(reply, call)
    return Page(page.rows, {**page.info, "server_time": server_time(reply)})


DATED = replace(selecting.COQL, returns=_dated)


def changes(
    source: Source,
    module: str,
    fields: Sequence[str],
    since: datetime,
    after: str = "",
    limit: int = 2_000,
) -> Plan[Changes]:
    """Read the records that were changed after `since`, or at it and with ids greater than `after`.

    Without `after`, those at `since` are included. The rows are as `values()` gives them, with id
    and Modified_Time. One request; raises what calls raise, and ConfigurationError for unknown
    fields.
    """
    behind = Q(Modified_Time__gte=since)
    if after:
        behind = Q(Modified_Time__gt=since) | Q(Modified_Time=since, id__gt=after)
    query = Query(
        module,
        where=tree.given((behind,), {}, str, negated=False),
        orders=(TIME, ID),
        fields=tuple(dict.fromkeys((ID, TIME, *fields))),
        shape="values",
    )
    asked = yield from compiled(query, source)
    size = min(limit, asked.limits.rows)
    columns = asked.limits.columns
    parts = [asked.columns[at : at + columns] for at in range(0, len(asked.columns), columns)]
    step = selecting.select(asked, parts[0], asked.where, size, 0)
    page = yield Perform(DATED, step.given)
    for part in parts[1:] if page.rows else ():
        yield from selecting.add_columns(asked, page, part, asked.where, size, 0)
    rows = shaping("values", asked.columns)(page.rows)
    return Changes(rows, bool(page.more_records), page.info["server_time"])
