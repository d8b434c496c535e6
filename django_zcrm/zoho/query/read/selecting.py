"""Plans that read records by COQL, with pages by id (keyset pagination) if the order allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ...errors import Invalid, TooManyRecords, UnreadableResponse
from ...http.messages import ZohoResponse
from ...operations.readers import Call, items
from ...operations.results import Page
from ...resources.coql import Coql
from ..compile import coql
from ..compile.fields import ID_PATH
from ..compile.query import Column, CompiledQuery, Load
from ..compile.tree import Comparison, Node, join
from ..steps import Perform, QueryPlan, Rows
from .convert import shaping
from .listing import ids_of


def _page(response: ZohoResponse, call: Call) -> Page[Any]:
    """Read one page. It does not fetch the next, which has a separate query."""
    body = response.json if isinstance(response.json, dict) else {}
    info = body.get("info")
    return Page(items(response, call), dict(info) if isinstance(info, dict) else {})


COQL = replace(Coql.query.operation, returns=_page)  # type: ignore[attr-defined]

PAGES_BEFORE_BULK = 10
"""Pages after which it is worth a request to find out whether a bulk read would be cheaper."""

TakeOver = Callable[[str], QueryPlan[bool]]


def rows(
    compiled: CompiledQuery, chunk_size: int, load: Load, take_over: TakeOver | None = None
) -> QueryPlan[None]:
    """Yield the records of a query, at most `chunk_size` per request, converted by `load`.

    `take_over` is called once after some pages, with the last id. It returns whether it has yielded
    the rest. Raises TooManyRecords after the last record that Zoho returns in this order.
    """
    shape = shaping(compiled.query.shape, compiled.columns)
    # Zoho charges for the LIMIT, not for the rows found.
    most = min(chunk_size, compiled.limits.rows, len(ids_of(compiled.where) or ()) or chunk_size)
    rows_left, offset, after = compiled.query.size, compiled.query.start, ""
    has_keys, pages = _has_keys(compiled), 0
    while rows_left is None or rows_left > 0:
        limit = min(most, compiled.limits.reach - offset)
        limit = limit if rows_left is None else min(limit, rows_left)
        if limit <= 0:
            raise _out_of_reach(compiled)
        page = yield from _window(compiled, after, limit, offset)
        if page.rows:
            yield Rows(load(shape(page.rows)))
        if not page.rows or not page.more_records:
            return
        if rows_left is not None:
            rows_left -= len(page.rows)
        if has_keys:
            last = str(page.rows[-1]["id"])
            if last == after:  # otherwise this loop would never end
                raise UnreadableResponse(f"A page ends where it began, behind {last}.")
            after, offset = last, 0
        else:
            offset += len(page.rows)
        pages += 1
        if pages == PAGES_BEFORE_BULK and after and take_over and (yield from take_over(after)):
            return


def _has_keys(compiled: CompiledQuery) -> bool:
    """Return whether pages can start after an id, which needs a further condition.

    Such pages reach any number of records, and none twice when others come and go.
    """
    count = coql.conditions(compiled.where, compiled.limits)
    return compiled.is_by_id and count < compiled.limits.conditions


def _window(compiled: CompiledQuery, after: str, limit: int, offset: int) -> QueryPlan[Page[Any]]:
    """Return one page with all columns, in as many requests as needed."""
    where = compiled.where
    if after:
        operator = "<" if compiled.orders[0].is_descending else ">"
        where = join("and", (where, Comparison(ID_PATH, operator, (after,))))
    size = compiled.limits.columns
    parts = [
        compiled.columns[start : start + size] for start in range(0, len(compiled.columns), size)
    ]
    first, *others = parts
    try:
        page = yield select(compiled, first, where, limit, offset)
    except Invalid as error:
        column = error.details.get("column_name")
        if compiled.query.fields is None and column:
            error.add_note(
                f"All fields are read where none are named: leave one out with .defer({column!r}), "
                "or name those that you need with .only()."
            )
        raise
    for part in others if page.rows else ():
        yield from add_columns(compiled, page, part, where, limit, offset)
    whole: Page[Any] = page
    return whole


def add_columns(
    compiled: CompiledQuery,
    page: Page[Any],
    columns: Sequence[Column],
    where: Node,
    limit: int,
    offset: int,
) -> QueryPlan[None]:
    """Add further columns to a page's rows, by id.

    Records may have changed since the first request, so the same page may contain others.
    Missing ones are read by their ids. A deleted record is removed from the page.
    """
    rest = yield select(compiled, columns, where, limit, offset)
    by_id = {row["id"]: row for row in rest.rows}
    missing = [row["id"] for row in page.rows if row["id"] not in by_id]
    size = compiled.limits.values
    for start in range(0, len(missing), size):
        ids = Comparison(ID_PATH, "in", tuple(missing[start : start + size]))
        rest = yield select(compiled, columns, ids, size, 0)
        by_id.update((row["id"], row) for row in rest.rows)
    page.rows[:] = [{**row, **by_id[row["id"]]} for row in page.rows if row["id"] in by_id]


def select(
    compiled: CompiledQuery, columns: Sequence[Column], where: Node, limit: int, offset: int
) -> Perform:
    """Return the step that requests one page of some columns."""
    text = coql.write(
        coql.Select(
            coql.columns({column.path.text: column.path for column in columns}.values()),
            compiled.query.module,
            where,
            [coql.order(order.path, descending=order.is_descending) for order in compiled.orders],
            view=compiled.query.view,
            limit=limit,
            offset=offset,
        ),
        compiled.limits,
    )
    return Perform(COQL, {"select_query": text})


def _out_of_reach(compiled: CompiledQuery) -> TooManyRecords:
    return TooManyRecords(
        f"Zoho reaches {compiled.limits.reach:,} records of {compiled.query.module} in this order: "
        "take a slice before that, narrow the filter, or drop order_by(), since .iterator() "
        "reaches all records in the order of their ids."
    )
