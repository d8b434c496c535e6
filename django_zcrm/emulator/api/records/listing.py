"""GET of a module's list and of one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from django_zcrm.emulator.core.errors import Problem, invalid_data
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine import ranges
from django_zcrm.emulator.engine.access import (
    ACTIVITIES,
    activities,
    asked_fields,
    find_module,
    find_record,
    modified_since,
)
from django_zcrm.emulator.engine.paging import PositionOf, paginate, position_of_token
from django_zcrm.emulator.engine.paths import MODULE, READ, RECORD
from django_zcrm.emulator.engine.ranges import Range
from django_zcrm.emulator.engine.rendering import Renderer
from django_zcrm.emulator.engine.views import (
    asked_view,
    converted_test,
    filtered,
    is_administrator,
    sort_key,
)
from django_zcrm.emulator.state.module import CustomView, Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record, Table

routes = Routes()

SORTS = ("id", "Created_Time", "Modified_Time")


@routes.route("GET", MODULE, scope=READ)
def list_records(
    org: Organisation, request: Request, module: str
) -> Response | dict[str, Any] | None:
    """Answer a page of a module's records."""
    if module == ACTIVITIES and dialect(request.version).has_activities_module:
        return _list_activities(org, request)
    crm_module = find_module(org, request, module)
    if module == "Notes" and not is_administrator(org, request):
        raise Problem("NOT_SUPPORTED", "only administrators may list notes", 403)
    fields = asked_fields(request, crm_module, mandatory=True)
    view = asked_view(org, request, crm_module)
    sort_by, descending = _order(request, crm_module, view)
    since = modified_since(org, request)
    after = position_of_token(org, request)
    rows: Iterable[Record] = _sorted(
        org.records.table(module),
        crm_module,
        sort_by,
        _range(request, crm_module, sort_by, after, since, descending=descending),
        descending=descending,
    )
    rows = filtered(org, request, crm_module, view, rows)
    if since is not None:
        rows = (record for record in rows if record["Modified_Time"] > since)
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
    """Answer one record, with its subforms."""
    if module == ACTIVITIES and dialect(request.version).has_activities_module:
        module = org.records.homes.get(id, "Tasks")
    crm_module = find_module(org, request, module)
    fields = asked_fields(request, crm_module, mandatory=False)
    record = find_record(org, request, crm_module, id)
    if record is None:
        return None
    test = converted_test(request, crm_module)
    if test is not None and not test(record):
        return None
    since = modified_since(org, request)
    if since is not None and record["Modified_Time"] <= since:
        return Response(status=304)
    return {"data": [Renderer(org, request, crm_module, fields, children=True).row(record)]}


def _order(request: Request, module: Module, view: CustomView | None) -> tuple[str, bool]:
    sort_by = request.args.get("sort_by") or (view.sort_by if view else None) or "id"
    order = request.args.get("sort_order") or (view.sort_order if view else None) or "desc"
    if order not in ("asc", "desc"):
        raise invalid_data(param_name="sort_order")
    known = sort_by in module.field_map or sort_by == "id"
    if not known or (
        "sort_by" in request.args
        and sort_by not in SORTS
        and not dialect(request.version).sorts_by_any_field
    ):
        raise invalid_data(param_name="sort_by", supported_values=list(SORTS))
    return sort_by, order == "desc"


def _position(module: Module, sort_by: str, *, descending: bool) -> PositionOf:
    """Return where a record is in an order; who has no value comes last either way."""
    if sort_by == "id":
        return itemgetter("id")
    key = sort_key(module, sort_by)

    def position(record: Record) -> tuple[bool, Any, str]:
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
    """Return what is worth looking at behind the position of a token, of what has changed."""
    ids = request.args.comma_separated("ids")
    span = Range(ids=frozenset(ids)) if ids else ranges.EVERYTHING
    if since is not None and sort_by in ("id", "Modified_Time"):
        span = span.both(ranges.of_values("greater_than", (since,)))
    if after is None:
        return span
    if sort_by == "id":
        return span.both(Range(last_id=after) if descending else Range(first_id=after))
    flag, *place = after
    if flag is not descending or module.field_map[sort_by].value_type not in ranges.TIMES:
        return span
    return span.both(Range(high=tuple(place)) if descending else Range(low=tuple(place)))


def _sorted(
    table: Table, module: Module, sort_by: str, span: Range, *, descending: bool
) -> Iterator[Record]:
    if sort_by == "id":
        return ranges.rows_by_id(
            table, module, lambda name: span, ["Modified_Time"], descending=descending
        )
    low, high = span.places
    key = sort_key(module, sort_by)
    return table.ordered(sort_by, key, descending=descending, low=low, high=high)


def _list_activities(org: Organisation, request: Request) -> dict[str, Any] | None:
    page = paginate(org, request, activities(org))
    if not page.rows:
        return None
    data = []
    for record in page.rows:
        home = org.metadata.modules[org.records.homes[record["id"]]]
        fields = asked_fields(request, home, mandatory=False)
        data.append(
            {**Renderer(org, request, home, fields).row(record), "Activity_Type": home.api_name}
        )
    return {"data": data, "info": page.info}
