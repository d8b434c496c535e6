"""Plans that read records by list: by ids, the newest ones, or a custom view in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import NotSupported, TooManyRecords
from ...operations.results import RecordDict
from ...operations.versions import MAX_FIELDS
from ...resources.records import Records
from ..compile.query import UNLISTED_TYPES, CompiledQuery, Load
from ..compile.tree import ALL, Comparison, Node
from ..steps import Perform, QueryPlan, Rows
from .convert import list_converter, shaping

PER_PAGE = 200
MAX_IDS = 100
REACH = 100_000
SORTS = ("id", "Created_Time", "Modified_Time")
"""What lists are sorted by from v3 on."""

LIST = Records.list.operation  # type: ignore[attr-defined]


def ids_of(where: Node) -> tuple[str, ...] | None:
    """Return the ids in the conditions, in ascending order; None for other conditions."""
    if isinstance(where, Comparison) and where.path.text == "id" and where.operator in ("=", "in"):
        return tuple(sorted(set(where.values), key=int))
    return None


def is_sorted(compiled: CompiledQuery) -> bool:
    """Return whether the list needs a sorting parameter or a view, which cost more credits."""
    if ids_of(compiled.where) is not None:
        return False
    return (
        bool(compiled.query.view)
        or compiled.orders[0].path.text != "id"
        or not _is_newest(compiled)
    )


def _is_newest(compiled: CompiledQuery) -> bool:
    """Return whether the newest records come first, as in a list without parameters."""
    return compiled.orders[0].path.text == "id" and compiled.orders[0].is_descending


def check(compiled: CompiledQuery) -> None:
    """Raise NotSupported if a list cannot answer the query."""
    query = compiled.query
    ids = ids_of(compiled.where)
    if ids is None and compiled.where != ALL:
        raise NotSupported("Lists have no conditions except ids.")
    if query.view and (ids is not None or query.orders or query.is_reversed):
        raise NotSupported("A list of a custom view has the view's order and no other condition.")
    first = compiled.orders[0].path.text
    if ids is not None and first != "id":
        raise NotSupported("A list of ids is returned in the order of the ids.")
    if first not in SORTS or len(query.orders) > 1:
        raise NotSupported(f"Lists are sorted by one of {', '.join(SORTS)}.")
    for column in compiled.columns:
        if "." in column.path.text:
            raise NotSupported(f"Lists do not follow lookups: {column.path.text}.")
        if column.path.field.data_type in UNLISTED_TYPES:
            raise NotSupported(f"Lists do not return {column.path.text}, because of its type.")
        if column.path.field.is_rich_text:
            raise NotSupported(f"Lists truncate rich text at 500 characters: {column.path.text}.")


def difference(compiled: CompiledQuery) -> str:
    """Return the difference from COQL's result as text; empty if there is none."""
    if compiled.query.view and compiled.limits.has_views:
        return "A list of a custom view has the view's order."
    return ""


class Slice:
    """Selects a query's slice from pages that start at the first record."""

    def __init__(self, start: int, size: int | None) -> None:
        self._skipped = start
        self.rows_left = size

    @property
    def is_over(self) -> bool:
        """Whether nothing more belongs to the slice."""
        return self.rows_left == 0

    def of(self, page: list[RecordDict]) -> list[RecordDict]:
        """Return the part of the next page that belongs to the slice."""
        rows = page[self._skipped :]
        self._skipped = max(0, self._skipped - len(page))
        if self.rows_left is not None:
            rows = rows[: self.rows_left]
            self.rows_left -= len(rows)
        return rows


def rows(compiled: CompiledQuery, version: float, chunk_size: int, load: Load) -> QueryPlan[None]:
    """Yield the records of a query; raise TooManyRecords after the last that lists return."""
    columns = compiled.columns
    convert, shape = list_converter(columns, version), shaping(compiled.query.shape, columns)
    slice_ = Slice(compiled.query.start, compiled.query.size)
    names = list(dict.fromkeys(column.path.text for column in columns))
    names = [name for name in names if name != "id"] or ["id"]
    parts = [names[at : at + MAX_FIELDS] for at in range(0, len(names), MAX_FIELDS)]

    def load_page(page: list[RecordDict]) -> Rows:
        return Rows(load(shape(convert(slice_.of(page)))))

    ids = ids_of(compiled.where)
    if ids is not None:
        ids = ids[::-1] if compiled.orders[0].is_descending else ids
        for start in range(0, len(ids), MAX_IDS):
            if slice_.is_over:
                return
            page = yield from _with_ids(compiled, parts, ids[start : start + MAX_IDS])
            yield load_page(page)
        return
    per_page = min(chunk_size, PER_PAGE, compiled.query.stop or PER_PAGE)
    arguments = [_parameters(compiled, part, per_page) for part in parts]
    reached = 0
    while not slice_.is_over:
        page, arguments = yield from _page(compiled, arguments)
        reached += len(page)
        yield load_page(page)
        if not arguments:
            return
        if reached >= REACH and not slice_.is_over:
            raise TooManyRecords(
                f"Lists return at most {REACH:,} records of {compiled.query.module}: "
                ".iterator(via='coql') reads all of them."
            )


def _parameters(compiled: CompiledQuery, fields: Sequence[str], per_page: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "module": compiled.query.module,
        "fields": fields,
        "per_page": per_page,
    }
    if compiled.query.view:
        return {**arguments, "cvid": compiled.query.view}
    if is_sorted(compiled):
        order = compiled.orders[0]
        descending = "desc" if order.is_descending else "asc"
        return {**arguments, "sort_by": order.path.text, "sort_order": descending}
    return arguments


Arguments = dict[str, Any]


def _page(
    compiled: CompiledQuery, arguments: list[Arguments]
) -> QueryPlan[tuple[list[RecordDict], list[Arguments]]]:
    """Return a page with the fields of all parts, and the parameters of the next page, if any.

    A page token belongs to its request's parameters, so every part has a separate token. As records
    come and go, a record may be missing on the page of another part; it is then read by id.
    """
    first, *others = arguments
    page = yield Perform(LIST, first)
    following = [_next(first, page)]
    by_id: dict[str, RecordDict] = {row["id"]: row for row in page.rows}
    for part in others if by_id else ():
        rows, after = [], part
        if not part.get("is_over"):
            more = yield Perform(LIST, part)
            rows, after = more.rows, _next(part, more) or {**part, "is_over": True}
        following.append(after)
        yield from _add(compiled, by_id, rows, part["fields"])
    return list(by_id.values()), following if following[0] else []


def _next(arguments: dict[str, Any], page: Any) -> dict[str, Any]:
    """Return the parameters for the next page; empty if there is none."""
    if not page.more_records or not page.rows:
        return {}
    token = page.info.get("next_page_token")
    rest = {name: value for name, value in arguments.items() if name not in ("page", "page_token")}
    return (
        {**rest, "page_token": token} if token else {**rest, "page": arguments.get("page", 1) + 1}
    )


def _with_ids(
    compiled: CompiledQuery, parts: list[list[str]], ids: Sequence[str]
) -> QueryPlan[list[RecordDict]]:
    """Return the records with these ids, in their order."""
    by_id: dict[str, RecordDict] = {}
    for number, part in enumerate(parts):
        arguments = {
            "module": compiled.query.module,
            "fields": part,
            "ids": ids,
            "per_page": PER_PAGE,
        }
        page = yield Perform(LIST, arguments)
        for row in page.rows:
            if number == 0 or row["id"] in by_id:
                by_id.setdefault(row["id"], {}).update(row)
    return [by_id[record_id] for record_id in ids if record_id in by_id]


def _add(
    compiled: CompiledQuery, by_id: dict[str, RecordDict], rows: list[RecordDict], fields: list[str]
) -> QueryPlan[None]:
    """Add further fields to records; those deleted in the meantime are left out."""
    extra = {row["id"]: row for row in rows}
    missing = [record_id for record_id in by_id if record_id not in extra]
    for start in range(0, len(missing), MAX_IDS):
        more = yield from _with_ids(compiled, [fields], missing[start : start + MAX_IDS])
        extra.update((row["id"], row) for row in more)
    for record_id in list(by_id):
        if record_id in extra:
            by_id[record_id] = {**by_id[record_id], **extra[record_id]}
        else:
            del by_id[record_id]
