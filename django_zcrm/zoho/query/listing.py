"""Plans that read records by list: by ids, the newest ones, or a custom view in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NotSupported, TooManyRecords
from ..resources.records import Records
from ..results import Record
from ..versions import MAX_FIELDS
from .convert import listed, shaping
from .query import UNLISTED_TYPES, Compiled, Load
from .steps import Perform, Plan, Rows
from .tree import ALL, Comparison, Node

PER_PAGE = 200
MAX_IDS = 100
REACH = 100_000
SORTS = ("id", "Created_Time", "Modified_Time")
"""What lists are sorted by from v3 on."""

LIST = Records.list.operation  # type: ignore[attr-defined]


def ids_of(where: Node) -> tuple[str, ...] | None:
    """Return the ids that conditions name, in ascending order; None for other conditions."""
    if isinstance(where, Comparison) and where.path.text == "id" and where.operator in ("=", "in"):
        return tuple(sorted(set(where.values), key=int))
    return None


def is_sorted(asked: Compiled) -> bool:
    """Whether the list needs a sorting parameter or a view, which cost more credits."""
    if ids_of(asked.where) is not None:
        return False
    return bool(asked.query.view) or asked.orders[0].path.text != "id" or not _is_newest(asked)


def _is_newest(asked: Compiled) -> bool:
    """Whether the newest come first, as in a list without parameters."""
    return asked.orders[0].path.text == "id" and asked.orders[0].is_descending


def check(asked: Compiled) -> None:
    """Raise NotSupported if a list cannot answer the query."""
    query = asked.query
    ids = ids_of(asked.where)
    if ids is None and asked.where != ALL:
        raise NotSupported("Lists have no conditions but ids.")
    if query.view and (ids is not None or query.orders or query.is_reversed):
        raise NotSupported("A list of a custom view has the view's order and no other condition.")
    first = asked.orders[0].path.text
    if ids is not None and first != "id":
        raise NotSupported("A list of ids comes in the order of the ids.")
    if first not in SORTS or len(query.orders) > 1:
        raise NotSupported(f"Lists are sorted by one of {', '.join(SORTS)}.")
    for column in asked.columns:
        if "." in column.path.text:
            raise NotSupported(f"Lists do not follow lookups: {column.path.text}.")
        if column.path.field.data_type in UNLISTED_TYPES:
            raise NotSupported(f"Lists leave {column.path.text} out, for its type.")
        if column.path.field.is_rich_text:
            raise NotSupported(f"Lists cut rich text at 500 characters: {column.path.text}.")


def difference(asked: Compiled) -> str:
    """Return how the result would differ from COQL's; empty if it would not."""
    if asked.query.view and asked.limits.has_views:
        return "A list of a custom view has the view's order."
    return ""


class Slice:
    """Selects a query's slice from pages that start at the first record."""

    def __init__(self, start: int, size: int | None) -> None:
        self._skipped = start
        self.left = size

    @property
    def is_over(self) -> bool:
        """Whether nothing more belongs to the slice."""
        return self.left == 0

    def of(self, page: list[Record]) -> list[Record]:
        """Return the part of the next page that belongs to the slice."""
        rows = page[self._skipped :]
        self._skipped = max(0, self._skipped - len(page))
        if self.left is not None:
            rows = rows[: self.left]
            self.left -= len(rows)
        return rows


def rows(asked: Compiled, version: float, chunk_size: int, load: Load) -> Plan[None]:
    """Yield the records of a query; raise TooManyRecords after the last that lists can reach."""
    columns = asked.columns
    convert, shape = listed(columns, version), shaping(asked.query.shape, columns)
    slice_ = Slice(asked.query.start, asked.query.size)
    names = [column.path.text for column in columns if column.path.text != "id"] or ["id"]
    parts = [names[at : at + MAX_FIELDS] for at in range(0, len(names), MAX_FIELDS)]

    def handed(page: list[Record]) -> Rows:
        return Rows(load(shape(convert(slice_.of(page)))))

    ids = ids_of(asked.where)
    if ids is not None:
        ids = ids[::-1] if asked.orders[0].is_descending else ids
        for start in range(0, len(ids), MAX_IDS):
            if slice_.is_over:
                return
            page = yield from _with_ids(asked, parts, ids[start : start + MAX_IDS])
            yield handed(page)
        return
    per_page = min(chunk_size, PER_PAGE, asked.query.stop or PER_PAGE)
    given = [_parameters(asked, part, per_page) for part in parts]
    reached = 0
    while not slice_.is_over:
        page, given = yield from _page(asked, given)
        reached += len(page)
        yield handed(page)
        if not given:
            return
        if reached >= REACH and not slice_.is_over:
            raise TooManyRecords(
                f"Lists reach {REACH:,} records of {asked.query.module}: .iterator(via='coql') "
                "reaches all of them."
            )


def _parameters(asked: Compiled, fields: Sequence[str], per_page: int) -> dict[str, Any]:
    given: dict[str, Any] = {"module": asked.query.module, "fields": fields, "per_page": per_page}
    if asked.query.view:
        return {**given, "cvid": asked.query.view}
    if is_sorted(asked):
        order = asked.orders[0]
        descending = "desc" if order.is_descending else "asc"
        return {**given, "sort_by": order.path.text, "sort_order": descending}
    return given


Arguments = dict[str, Any]


def _page(asked: Compiled, given: list[Arguments]) -> Plan[tuple[list[Record], list[Arguments]]]:
    """Return a page with the fields of all parts, and the parameters of the next page, if any.

    A page token belongs to the parameters that it was given for, so every part has its own. What
    another part has not on its page, since records come and go meanwhile, is read by id.
    """
    first, *others = given
    page = yield Perform(LIST, first)
    following = [_next(first, page)]
    by_id: dict[str, Record] = {row["id"]: row for row in page.rows}
    for part in others if by_id else ():
        rows, after = [], part
        if not part.get("is_over"):
            more = yield Perform(LIST, part)
            rows, after = more.rows, _next(part, more) or {**part, "is_over": True}
        following.append(after)
        yield from _add(asked, by_id, rows, part["fields"])
    return list(by_id.values()), following if following[0] else []


def _next(given: dict[str, Any], page: Any) -> dict[str, Any]:
    """Return the parameters for the next page; none when there is none."""
    if not page.more_records or not page.rows:
        return {}
    token = page.info.get("next_page_token")
    rest = {name: value for name, value in given.items() if name not in ("page", "page_token")}
    return {**rest, "page_token": token} if token else {**rest, "page": given.get("page", 1) + 1}


def _with_ids(asked: Compiled, parts: list[list[str]], ids: Sequence[str]) -> Plan[list[Record]]:
    """Return the records with these ids, in their order."""
    by_id: dict[str, Record] = {}
    for number, part in enumerate(parts):
        given = {"module": asked.query.module, "fields": part, "ids": ids, "per_page": PER_PAGE}
        page = yield Perform(LIST, given)
        for row in page.rows:
            if number == 0 or row["id"] in by_id:
                by_id.setdefault(row["id"], {}).update(row)
    return [by_id[record_id] for record_id in ids if record_id in by_id]


def _add(
    asked: Compiled, by_id: dict[str, Record], rows: list[Record], fields: list[str]
) -> Plan[None]:
    """Add further fields to records; those deleted meanwhile are left out."""
    extra = {row["id"]: row for row in rows}
    missing = [record_id for record_id in by_id if record_id not in extra]
    for start in range(0, len(missing), MAX_IDS):
        more = yield from _with_ids(asked, [fields], missing[start : start + MAX_IDS])
        extra.update((row["id"], row) for row in more)
    for record_id in list(by_id):
        if record_id in extra:
            by_id[record_id] = {**by_id[record_id], **extra[record_id]}
        else:
            del by_id[record_id]
