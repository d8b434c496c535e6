"""Plans that read records by COQL, with pages by id (keyset pagination) if the order allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..errors import Invalid, TooManyRecords, UnreadableReply
from ..http import Response
from ..readers import Call, items
from ..resources.coql import Coql
from ..results import Page
from . import coql
from .convert import shaping
from .fields import ID_PATH
from .listing import ids_of
from .query import Column, Compiled, Load
from .steps import Perform, Plan, Rows
from .tree import Comparison, Node, join


def _page(reply: Response, call: Call) -> Page[Any]:
    """Read one page, which does not fetch the next: that has a query of its own."""
    body = reply.json if isinstance(reply.json, dict) else {}
    info = body.get("info")
    return Page(items(reply, call), dict(info) if isinstance(info, dict) else {})


COQL = replace(Coql.query.operation, returns=_page)  # type: ignore[attr-defined]

PAGES_BEFORE_BULK = 10
"""Pages after which it is worth a request to find out whether a bulk read would be cheaper."""

TakeOver = Callable[[str], Plan[bool]]


def rows(
    asked: Compiled, chunk_size: int, load: Load, take_over: TakeOver | None = None
) -> Plan[None]:
    """Yield the records of a query, at most `chunk_size` per request, converted by `load`.

    `take_over` is asked once after some pages; it gets the last id, and returns whether it has
    handed over the rest. Raises TooManyRecords behind the last record that Zoho reaches in this
    order.
    """
    shape = shaping(asked.query.shape, asked.columns)
    # Zoho charges for the LIMIT, whatever is found.
    most = min(chunk_size, asked.limits.rows, len(ids_of(asked.where) or ()) or chunk_size)
    left, offset, after = asked.query.size, asked.query.start, ""
    has_keys, pages = _has_keys(asked), 0
    while left is None or left > 0:
        limit = min(most, asked.limits.reach - offset)
        limit = limit if left is None else min(limit, left)
        if limit <= 0:
            raise _out_of_reach(asked)
        page = yield from _window(asked, after, limit, offset)
        if page.rows:
            yield Rows(load(shape(page.rows)))
        if not page.rows or not page.more_records:
            return
        if left is not None:
            left -= len(page.rows)
        if has_keys:
            last = str(page.rows[-1]["id"])
            if last == after:  # or this would never end
                raise UnreadableReply(f"A page ends where it began, behind {last}.")
            after, offset = last, 0
        else:
            offset += len(page.rows)
        pages += 1
        if pages == PAGES_BEFORE_BULK and take_over and (yield from take_over(after)):
            return


def _has_keys(asked: Compiled) -> bool:
    """Whether pages can start after an id, which needs a further condition.

    That reaches any number of records, and none of them twice when others come and go.
    """
    count = coql.conditions(asked.where, asked.limits)
    return asked.is_by_id and count < asked.limits.conditions


def _window(asked: Compiled, after: str, limit: int, offset: int) -> Plan[Page[Any]]:
    """Return one page with all columns, in as many requests as needed."""
    where = asked.where
    if after:
        operator = "<" if asked.orders[0].is_descending else ">"
        where = join("and", (where, Comparison(ID_PATH, operator, (after,))))
    size = asked.limits.columns
    parts = [asked.columns[start : start + size] for start in range(0, len(asked.columns), size)]
    first, *others = parts
    try:
        page = yield select(asked, first, where, limit, offset)
    except Invalid as error:
        column = error.details.get("column_name")
        if asked.query.fields is None and column:
            error.add_note(
                f"All fields are read where none are named: leave one out with .defer({column!r}), "
                "or name those that you need with .only()."
            )
        raise
    for part in others if page.rows else ():
        yield from add_columns(asked, page, part, where, limit, offset)
    whole: Page[Any] = page
    return whole


def add_columns(
    asked: Compiled,
    page: Page[Any],
    columns: Sequence[Column],
    where: Node,
    limit: int,
    offset: int,
) -> Plan[None]:
    """Add further columns to a page's rows, by id.

    Records may have changed meanwhile, so that the same page holds others now: what is missing is
    read by its id. A record that is gone altogether leaves the page.
    """
    rest = yield select(asked, columns, where, limit, offset)
    by_id = {row["id"]: row for row in rest.rows}
    missing = [row["id"] for row in page.rows if row["id"] not in by_id]
    size = asked.limits.values
    for start in range(0, len(missing), size):
        ids = Comparison(ID_PATH, "in", tuple(missing[start : start + size]))
        rest = yield select(asked, columns, ids, size, 0)
        by_id.update((row["id"], row) for row in rest.rows)
    page.rows[:] = [{**row, **by_id[row["id"]]} for row in page.rows if row["id"] in by_id]


def select(
    asked: Compiled, columns: Sequence[Column], where: Node, limit: int, offset: int
) -> Perform:
    """Return the step that asks for one page of some columns."""
    text = coql.write(
        coql.Select(
            coql.columns({column.path.text: column.path for column in columns}.values()),
            asked.query.module,
            where,
            [coql.order(order.path, descending=order.is_descending) for order in asked.orders],
            view=asked.query.view,
            limit=limit,
            offset=offset,
        ),
        asked.limits,
    )
    return Perform(COQL, {"select_query": text})


def _out_of_reach(asked: Compiled) -> TooManyRecords:
    return TooManyRecords(
        f"Zoho reaches {asked.limits.reach:,} records of {asked.query.module} in this order: take "
        "a slice before that, narrow the filter, or drop order_by(), since .iterator() reaches all "
        "records in the order of their ids."
    )
