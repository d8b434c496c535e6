"""Plans that read changed records, in the order of (Modified_Time, id), and deleted ones.

Modified_Time has whole seconds, which many records may share; the id completes the position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ...http.messages import ZohoResponse
from ...operations.operation import Operation
from ...operations.readers import Call
from ...operations.results import Page
from ...operations.versions import MAX_FIELDS
from ...resources.records import Records
from ..compile import tree
from ..compile.fields import ID_PATH
from ..compile.query import Query, resolve_and_compile
from ..compile.tree import Comparison, Q
from ..steps import Perform, QueryPlan, RecordSource
from . import selecting
from .convert import shaping
from .listing import MAX_IDS, PER_PAGE

TIME, ID = "Modified_Time", "id"


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of changes. `server_time` is the time of the response by Zoho's clock, if known."""

    rows: list[dict[str, Any]]
    more: bool
    server_time: datetime | None


def server_time(response: ZohoResponse) -> datetime | None:
    """Return the time of Zoho's response, by its header Date; None without a valid one."""
    try:
        moment = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def with_server_time(operation: Operation) -> Operation:
    """Return an operation that lists rows so that each page's `info` has Zoho's `server_time`.

    A page does not fetch the next one.
    """

    def returns(response: ZohoResponse, call: Call) -> Page[Any]:
        page: Page[Any] = operation.returns(response, call)
        return Page(page.rows, {**page.info, "server_time": server_time(response)})

    return replace(operation, returns=returns)


DATED = with_server_time(selecting.COQL)
LISTED = with_server_time(Records.list.operation)  # type: ignore[attr-defined]
DELETED = with_server_time(Records.deleted.operation)  # type: ignore[attr-defined]


def changes(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    since: datetime | None,
    after: str = "",
    limit: int = 2_000,
) -> QueryPlan[Changes]:
    """Read the records that were changed after `since`, or at it and with ids greater than `after`.

    Without `after`, records changed at `since` are included. Without `since`, as for modules
    without Modified_Time, all records with greater ids are read. The rows are those of `values()`,
    with id and Modified_Time. Makes one request. Raises the errors of calls, and ConfigurationError
    for unknown fields.
    """
    compiled = yield from resolve_and_compile(_behind(module, fields, since, after), source)
    size = min(limit, compiled.limits.rows)
    columns = compiled.limits.columns
    parts = [compiled.columns[at : at + columns] for at in range(0, len(compiled.columns), columns)]
    step = selecting.select(compiled, parts[0], compiled.where, size, 0)
    page = yield Perform(DATED, step.arguments)
    for part in parts[1:] if page.rows else ():
        yield from selecting.add_columns(compiled, page, part, compiled.where, size, 0)
    rows = shaping("values", compiled.columns)(page.rows)
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
        where=None if behind is None else tree.tree_of((behind,), {}, str, negated=False),
        orders=orders,
        fields=tuple(dict.fromkeys((ID, *own, *fields))),
        shape="values",
    )


def list_changes(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    since: datetime | None,
    token: str = "",
) -> QueryPlan[tuple[Changes, str]]:
    """Read a page of the records changed since a moment through a list, oldest change first.

    For users who may not use COQL. Also returns the token of the next page.
    """
    names = list(dict.fromkeys((*(() if since is None else (TIME,)), *fields))) or [ID]
    parts = [names[at : at + MAX_FIELDS] for at in range(0, len(names), MAX_FIELDS)]
    sort = ID if since is None else TIME
    arguments: dict[str, Any] = {"module": module, "per_page": PER_PAGE}
    arguments |= {"sort_by": sort, "sort_order": "asc"}
    if since is not None:
        # Whether a change in the same second counts as later is not documented.
        arguments["if_modified_since"] = since - timedelta(seconds=1)
    if token:
        arguments["page_token"] = token
    page = yield Perform(LISTED, {**arguments, "fields": parts[0]})
    rows = page.rows
    for part in parts[1:] if rows else ():
        more = yield from _by_ids(module, part, [str(row[ID]) for row in rows])
        # A record that is gone is left out, as by COQL.
        rows = [{**row, **more[str(row[ID])]} for row in rows if str(row[ID]) in more]
    changes = Changes(rows, page.more_records, page.info["server_time"])
    return changes, str(page.info.get("next_page_token") or "")


def records_by_ids(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    ids: Sequence[str],
    *,
    by_list: bool = False,
) -> QueryPlan[list[dict[str, Any]]]:
    """Read records by id, a hundred per request; missing and hidden ones are left out."""
    if not by_list:
        query = Query(module, fields=tuple(dict.fromkeys((ID, *fields))), shape="values")
        compiled = yield from resolve_and_compile(query, source)
        size, columns = compiled.limits.values, compiled.limits.columns
        parts = [
            compiled.columns[at : at + columns] for at in range(0, len(compiled.columns), columns)
        ]
        records: list[dict[str, Any]] = []
        for start in range(0, len(ids), size):
            some = Comparison(ID_PATH, "in", tuple(ids[start : start + size]))
            page = yield selecting.select(compiled, parts[0], some, size, 0)
            for part in parts[1:] if page.rows else ():
                yield from selecting.add_columns(compiled, page, part, some, size, 0)
            records += shaping("values", compiled.columns)(page.rows)
        return records
    names = list(fields) or [ID]
    rows: dict[str, dict[str, Any]] = {}
    for at in range(0, len(names), MAX_FIELDS):
        more = yield from _by_ids(module, names[at : at + MAX_FIELDS], ids)
        rows = {
            record_id: {**rows.get(record_id, {}), **row}
            for record_id, row in more.items()
            if not at or record_id in rows
        }
    return list(rows.values())


def _by_ids(
    module: str, fields: Sequence[str], ids: Sequence[str]
) -> QueryPlan[dict[str, dict[str, Any]]]:
    by_id: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), MAX_IDS):
        some = list(ids[start : start + MAX_IDS])
        page = yield Perform(LISTED, {"module": module, "ids": some, "fields": list(fields)})
        by_id.update((str(row[ID]), row) for row in page.rows)
    return by_id


def deletions(
    source: RecordSource, module: str, since: datetime, number: int = 1
) -> QueryPlan[tuple[list[dict[str, Any]], bool, datetime | None]]:
    """Read a page of the records deleted since a moment, newest first.

    Returns the deletions, whether there are more, and Zoho's time.
    """
    arguments = {"module": module, "type": "all", "per_page": PER_PAGE, "page": number}
    page = yield Perform(DELETED, {**arguments, "if_modified_since": since - timedelta(seconds=1)})
    return page.rows, page.more_records, page.info["server_time"]
