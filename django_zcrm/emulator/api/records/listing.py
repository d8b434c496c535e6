"""GET of a module's list and of one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from ...core import Refusal, Request, Response, Routes, dialect, invalid_data
from ...engine import ranges
from ...engine.access import (
    ACTIVITIES,
    ACTIVITY_MODULES,
    activities,
    bad_path_id,
    find_module,
    find_record,
    get_fields_param,
    get_modified_since,
)
from ...engine.paging import PositionOf, paginate, position_of_token
from ...engine.paths import MODULE, READ, RECORD
from ...engine.ranges import Range
from ...engine.rendering import Renderer
from ...engine.views import (
    filter_rows,
    get_view_param,
    is_administrator,
    make_converted_test,
    sort_key,
)
from ...guesses import behaves
from ...state import CustomView, Module, Organisation, StoredRecord, Table

routes = Routes()

SORTS = ("id", "Created_Time", "Modified_Time")


@routes.route("GET", MODULE, scope=READ)
def list_records(
    org: Organisation, request: Request, module: str
) -> Response | dict[str, Any] | None:
    """Return a page of a module's records."""
    if module == ACTIVITIES and dialect(request.version).has_activities_module:
        return _list_activities(org, request)
    crm_module = find_module(org, request, module)
    if module == "Notes" and not is_administrator(org, request):
        raise Refusal("NOT_SUPPORTED", "only administrators may list notes", 403)
    fields = get_fields_param(request, crm_module, mandatory=True)
    view = get_view_param(org, request, crm_module)
    sort_by, descending = _order(request, crm_module, view)
    since = get_modified_since(org, request)
    after = position_of_token(org, request)
    rows: Iterable[StoredRecord] = _sort_rows(
        org.records.table(module),
        crm_module,
        sort_by,
        _range(request, crm_module, sort_by, after, since, descending=descending),
        descending=descending,
    )
    rows = filter_rows(org, request, crm_module, view, rows)
    if since is not None:
        includes = behaves("mirror.modified-since", "included")
        rows = (
            record
            for record in rows
            if record["Modified_Time"] > since or (includes and record["Modified_Time"] == since)
        )
    page = paginate(
        org,
        request,
        rows,
        sort_by=sort_by,
        sort_order="desc" if descending else "asc",
        position=_position(crm_module, sort_by, descending=descending),
    )
    if not page.rows:
        return Response(status=304) if since is not None else None
    renderer = Renderer(
        org, request, crm_module, fields, children=dialect(request.version).lists_children
    )
    return {"data": renderer.rows(page.rows), "info": page.info}


@routes.route("GET", RECORD, scope=READ)
def get_record(
    org: Organisation, request: Request, module: str, id: str
) -> Response | dict[str, Any] | None:
    """Return one record, with its subforms."""
    if module == ACTIVITIES and dialect(request.version).has_activities_module:
        home = org.records.homes.get(id)
        module = home if home in ACTIVITY_MODULES else "Tasks"
    crm_module = find_module(org, request, module)
    fields = get_fields_param(request, crm_module, mandatory=False)
    record = find_record(org, request, crm_module, id)
    if record is None:
        if behaves("records.unknown-id", "refused"):
            raise bad_path_id(request)
        return None
    test = make_converted_test(request, crm_module)
    is_shown = behaves("records.converted-lead", "shown")
    if test is not None and not test(record) and not is_shown:
        return None
    since = get_modified_since(org, request)
    if since is not None and record["Modified_Time"] <= since:
        return Response(status=304)
    return {"data": [Renderer(org, request, crm_module, fields, children=True).row(record)]}


def _order(request: Request, module: Module, view: CustomView | None) -> tuple[str, bool]:
    sort_by = request.args.get("sort_by") or (view.sort_by if view else None) or "id"
    order = request.args.get("sort_order") or (view.sort_order if view else None) or "desc"
    if order not in ("asc", "desc"):
        raise invalid_data(param_name="sort_order")
    is_sortable = sort_by in module.field_map or sort_by == "id"
    if not is_sortable or (
        "sort_by" in request.args
        and sort_by not in SORTS
        and not dialect(request.version).sorts_by_any_field
    ):
        raise invalid_data(param_name="sort_by", supported_values=list(SORTS))
    return sort_by, order == "desc"


def _position(module: Module, sort_by: str, *, descending: bool) -> PositionOf:
    """Return a record's position in an order; records without a value come last either way."""
    if sort_by == "id":
        return itemgetter("id")
    key = sort_key(module, sort_by)

    def position(record: StoredRecord) -> tuple[bool, Any, str]:
        value = key(record)
        return (value is None) is not descending, "" if value is None else value, record["id"]

    return position


def _range(
    request: Request,
    module: Module,
    sort_by: str,
    after: Any,
    since: str | None,
    *,
    descending: bool,
) -> Range:
    """Return the range of possible rows after a token's position and of changed rows."""
    ids = request.args.comma_separated("ids")
    span = Range(ids=frozenset(ids)) if ids else ranges.EVERYTHING
    if since is not None and sort_by in ("id", "Modified_Time"):
        span = span.both(ranges.range_of_values("greater_equal", (since,)))
    if after is None:
        return span
    if sort_by == "id":
        return span.both(Range(last_id=after) if descending else Range(first_id=after))
    flag, *place = after
    if flag is not descending or module.field_map[sort_by].value_type not in ranges.TIMES:
        return span
    return span.both(Range(high=tuple(place)) if descending else Range(low=tuple(place)))


def _sort_rows(
    table: Table, module: Module, sort_by: str, span: Range, *, descending: bool
) -> Iterator[StoredRecord]:
    if sort_by == "id":
        return ranges.rows_by_id(
            table, module, lambda name: span, ["Modified_Time"], descending=descending
        )
    low, high = span.places
    key = sort_key(module, sort_by)
    return table.order_by(sort_by, key, descending=descending, low=low, high=high)


def _list_activities(org: Organisation, request: Request) -> Response | dict[str, Any] | None:
    since = get_modified_since(org, request)
    rows = activities(org, request)
    page = paginate(
        org, request, (row for row in rows if since is None or row["Modified_Time"] > since)
    )
    if not page.rows:
        return Response(status=304) if since is not None else None
    data = []
    for record in page.rows:
        home = org.metadata.modules[org.records.homes[record["id"]]]
        fields = get_fields_param(request, home, mandatory=False)
        data.append(
            {**Renderer(org, request, home, fields).row(record), "Activity_Type": home.api_name}
        )
    return {"data": data, "info": page.info}
