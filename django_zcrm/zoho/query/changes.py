"""Plans that read changed records, in the order of (Modified_Time, id), and deleted ones.

Modified_Time has whole seconds, and many records may share one: the id tells how far a reader came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ..http import Response
from ..operation import Operation
from ..readers import Call
from ..resources.records import Records
from ..results import Page
from ..versions import MAX_FIELDS
from . import selecting, tree
from .convert import shaping
from .fields import ID_PATH
from .listing import MAX_IDS, PER_PAGE
from .query import Query, compiled
from .steps import Perform, Plan, RecordSource
from .tree import Comparison, Q

TIME, ID = "Modified_Time", "id"


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of changes. `server_time` is the time of the reply by Zoho's clock, if known."""

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


def dated(operation: Operation) -> Operation:
    """Return an operation that lists rows so that each page's `info` has Zoho's `server_time`.

    A page does not fetch the next one.
    """

    def returns(reply: Response, call: Call) -> Page[Any]:
        page: Page[Any] = operation.returns(reply, call)
        return Page(page.rows, {**page.info, "server_time": server_time(reply)})

    return replace(operation, returns=returns)


DATED = dated(selecting.COQL)
LISTED = dated(Records.list.operation)  # type: ignore[attr-defined]
DELETED = dated(Records.deleted.operation)  # type: ignore[attr-defined]


def changes(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    since: datetime | None,
    after: str = "",
    limit: int = 2_000,
) -> Plan[Changes]:
    """Read the records that were changed after `since`, or at it and with ids greater than `after`.

    Without `after`, those at `since` are included; without `since`, which modules without
    Modified_Time have none of, all with greater ids are read. The rows are as `values()` gives
    them, with id and Modified_Time. One request; raises what calls raise, and ConfigurationError
    for unknown fields.
    """
    asked = yield from compiled(_behind(module, fields, since, after), source)
    size = min(limit, asked.limits.rows)
    columns = asked.limits.columns
    parts = [asked.columns[at : at + columns] for at in range(0, len(asked.columns), columns)]
    step = selecting.select(asked, parts[0], asked.where, size, 0)
    page = yield Perform(DATED, step.given)
    for part in parts[1:] if page.rows else ():
        yield from selecting.add_columns(asked, page, part, asked.where, size, 0)
    rows = shaping("values", asked.columns)(page.rows)
    return Changes(rows, bool(page.more_records), page.info["server_time"])


def _behind(module: str, fields: Sequence[str], since: datetime | None, after: str) -> Query:
    if since is None:
        behind = Q(id__gt=after) if after else None
        orders: tuple[str, ...] = (ID,)
        own: tuple[str, ...] = (ID,)
    else:
        behind = Q(Modified_Time__gte=since)
        if after:
            behind = Q(Modified_Time__gt=since) | Q(Modified_Time=since, id__gt=after)
        orders = own = (TIME, ID)
    return Query(
        module,
        where=None if behind is None else tree.given((behind,), {}, str, negated=False),
        orders=orders,
        fields=tuple(dict.fromkeys((ID, *own, *fields))),
        shape="values",
    )


def listed_changes(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    since: datetime | None,
    token: str = "",
) -> Plan[tuple[Changes, str]]:
    """Read a page of the records changed since a moment by list, oldest change first.

    For those who may not use COQL. Returns the token of the next page, too.
    """
    names = list(dict.fromkeys((*(() if since is None else (TIME,)), *fields))) or [ID]
    parts = [names[at : at + MAX_FIELDS] for at in range(0, len(names), MAX_FIELDS)]
    sort = ID if since is None else TIME
    given: dict[str, Any] = {"module": module, "per_page": PER_PAGE}
    given |= {"sort_by": sort, "sort_order": "asc"}
    if since is not None:
        # Whether a change of that very second counts as later is not documented.
        given["if_modified_since"] = since - timedelta(seconds=1)
    if token:
        given["page_token"] = token
    page = yield Perform(LISTED, {**given, "fields": parts[0]})
    rows = page.rows
    for part in parts[1:] if rows else ():
        more = yield from _by_ids(module, part, [str(row[ID]) for row in rows])
        rows = [{**row, **more.get(str(row[ID]), {})} for row in rows]
    changes = Changes(rows, page.more_records, page.info["server_time"])
    return changes, str(page.info.get("next_page_token") or "")


def records_by_ids(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    ids: Sequence[str],
    *,
    by_list: bool = False,
) -> Plan[list[dict[str, Any]]]:
    """Read records by id, a hundred per request; missing and hidden ones are left out."""
    if not by_list:
        query = Query(module, fields=tuple(dict.fromkeys((ID, *fields))), shape="values")
        asked = yield from compiled(query, source)
        size, columns = asked.limits.values, asked.limits.columns
        parts = [asked.columns[at : at + columns] for at in range(0, len(asked.columns), columns)]
        records: list[dict[str, Any]] = []
        for start in range(0, len(ids), size):
            some = Comparison(ID_PATH, "in", tuple(ids[start : start + size]))
            page = yield selecting.select(asked, parts[0], some, size, 0)
            for part in parts[1:] if page.rows else ():
                yield from selecting.add_columns(asked, page, part, some, size, 0)
            records += shaping("values", asked.columns)(page.rows)
        return records
    names = list(fields) or [ID]
    rows: dict[str, dict[str, Any]] = {}
    for at in range(0, len(names), MAX_FIELDS):
        more = yield from _by_ids(module, names[at : at + MAX_FIELDS], ids)
        for record_id, row in more.items():
            rows[record_id] = {**rows.get(record_id, {}), **row}
    return list(rows.values())


def _by_ids(
    module: str, fields: Sequence[str], ids: Sequence[str]
) -> Plan[dict[str, dict[str, Any]]]:
    by_id: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), MAX_IDS):
        some = list(ids[start : start + MAX_IDS])
        page = yield Perform(LISTED, {"module": module, "ids": some, "fields": list(fields)})
        by_id.update((str(row[ID]), row) for row in page.rows)
    return by_id


def deletions(
    source: RecordSource, module: str, since: datetime, number: int = 1
) -> Plan[tuple[list[dict[str, Any]], bool, datetime | None]]:
    """Read a page of the records deleted since a moment, newest first.

    Returns them, whether there are more, and Zoho's time.
    """
    given = {"module": module, "type": "all", "per_page": PER_PAGE, "page": number}
    page = yield Perform(DELETED, {**given, "if_modified_since": since - timedelta(seconds=1)})
    return page.rows, page.more_records, page.info["server_time"]
