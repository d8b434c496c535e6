"""Related lists: records that belong to a record, by a lookup or by a link."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import (
    ACTIVITIES,
    ACTIVITY_MODULES,
    bad_path_id,
    find_module,
    get_fields_param,
    get_ids_param,
    get_modified_since,
    path_index,
    require_param,
    require_parent,
)
from ..engine.batch import batch, batch_status
from ..engine.paging import paginate
from ..engine.paths import DELETE, READ, RECORD, UPDATE
from ..engine.rendering import Renderer, localize
from ..engine.settings import page_of
from ..engine.validation import id_of
from ..engine.values import JSONPath, is_id
from ..engine.visibility import filter_visible, find_visible, is_hidden
from ..guesses import behaves
from ..state import Item, Module, Organisation, RelatedList, StoredRecord
from . import deal_contact_roles

routes = Routes()

RELATED = RECORD + "/{related}"
RELATED_ONE = RELATED + "/{other}"


@routes.route("GET", RELATED, scope=READ)
def list_related(
    org: Organisation, request: Request, module: str, id: str, related: str
) -> Response | dict[str, Any] | None:
    """Return a page of a related list."""
    crm_module = find_module(org, request, module)
    if related == ACTIVITIES and dialect(request.version).has_activities_module:
        return _list_activities(org, request, require_parent(org, request, crm_module, id))
    item = _find_related_list(request, crm_module, related)
    record = require_parent(org, request, crm_module, id)
    far = org.metadata.modules[item.module]
    return paginate_related(
        org,
        request,
        far,
        _members(org, crm_module, record, item),
        _link_values(org, request, crm_module, record, item),
    )


@routes.route("GET", RELATED_ONE, scope=READ)
def get_related(
    org: Organisation, request: Request, module: str, id: str, related: str, other: str
) -> dict[str, Any] | None:
    """Return one record of a related list."""
    crm_module = find_module(org, request, module)
    item = _find_related_list(request, crm_module, related)
    record = require_parent(org, request, crm_module, id)
    if not is_id(other):
        raise bad_path_id(request, 3)
    far = org.metadata.modules[item.module]
    fields = get_fields_param(request, far, mandatory=False)
    for member in filter_visible(org, request, far, _members(org, crm_module, record, item)):
        if member["id"] == other:
            ties = _link_values(org, request, crm_module, record, item)
            row = Renderer(org, request, far, fields, children=True).row(member)
            return {"data": [{**row, **ties.get(other, {})}]}
    return None


@routes.route("PUT", RELATED, scope=UPDATE)
@routes.route("PUT", RELATED_ONE, scope=UPDATE)
def link_related(
    org: Organisation, request: Request, module: str, id: str, related: str, other: str = ""
) -> Response:
    """Link records to a record, each named by its `id`, or the one that the path names."""
    crm_module, item, record = _linkable(org, request, module, id, related)

    def link(values: Item, path: JSONPath) -> Item:
        other_id = other or id_of(values, path)
        return _link(org, request, crm_module, record, item, other_id, values, path)

    return batch(request, link, limit=1 if other else 100)


@routes.route("DELETE", RELATED, scope=DELETE)
@routes.route("DELETE", RELATED_ONE, scope=DELETE)
def unlink_related(
    org: Organisation, request: Request, module: str, id: str, related: str, other: str = ""
) -> Response:
    """Unlink the records that the parameter `ids` names, or the one that the path names."""
    crm_module, item, record = _linkable(org, request, module, id, related)
    near, far_module = (crm_module.api_name, record["id"]), org.metadata.modules[item.module]
    results = []
    for other_id in [other] if other else get_ids_param(request):
        far = org.records.table(item.module).get(other_id)  # None if it was deleted
        hidden = far is not None and is_hidden(org, request, far_module, far)
        if not hidden and org.records.unlink(near, (item.module, other_id)):
            results.append(success("relation removed", {"id": other_id}))
        else:
            results.append(invalid_data("the id given seems to be invalid", id=other_id).body)
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


@routes.route("POST", RECORD + "/actions/get_related_records_count", scope=READ, versions=(8, 8))
def count_related(org: Organisation, request: Request, module: str, id: str) -> dict[str, Any]:
    """Return the number of records in some related lists of a record."""
    crm_module = find_module(org, request, module)
    record = require_parent(org, request, crm_module, id)
    counts = []
    for index, body in enumerate(request.json_items("get_related_records_count", limit=20)):
        path = JSONPath(
            dialect(request.version), "related_list", f"$.get_related_records_count[{index}]"
        )
        names = body.get("related_list")
        if not isinstance(names, dict):
            raise path.child("related_list").missing()
        item = next(
            (
                related_list
                for related_list in crm_module.related_lists
                if names.get("api_name") == related_list.api_name
                or names.get("id") == related_list.id
            ),
            None,
        )
        if item is None:
            raise path.child("related_list").invalid()
        far = org.metadata.modules[item.module]
        members = filter_visible(org, request, far, _members(org, crm_module, record, item))
        counts.append(
            {
                "count": sum(1 for _ in members),
                "related_list": {"api_name": item.api_name, "id": item.id},
            }
        )
    return {"get_related_records_count": counts}


def paginate_related(
    org: Organisation,
    request: Request,
    far: Module,
    members: Iterable[StoredRecord],
    ties: dict[str, dict[str, Any]] | None = None,
) -> Response | dict[str, Any] | None:
    """Return a page of records of `far`, newest first, each with the values of its link."""
    fields = get_fields_param(request, far, mandatory=True)
    since = get_modified_since(org, request)
    ids = request.args.comma_separated("ids")
    rows = sorted(
        (
            record
            for record in filter_visible(org, request, far, members)
            if (since is None or record["Modified_Time"] > since)
            and (not ids or record["id"] in ids)
        ),
        key=itemgetter("id"),
        reverse=not behaves("records.related-order", "oldest"),
    )
    page = paginate(org, request, rows)
    if not page.rows:
        return Response(status=304) if since is not None else None
    renderer = Renderer(org, request, far, fields, children=dialect(request.version).lists_children)
    data = [{**renderer.row(record), **(ties or {}).get(record["id"], {})} for record in page.rows]
    return {"data": data, "info": page.info}


def _find_related_list(request: Request, module: Module, name: str) -> RelatedList:
    related_list = module.related_list(name)
    if related_list is None:
        raise invalid_data(
            "the relation name given seems to be invalid",
            **({"resource_path_index": 2} if dialect(request.version).has_json_path else {}),
        )
    return related_list


def _members(
    org: Organisation, module: Module, record: StoredRecord, item: RelatedList
) -> list[StoredRecord]:
    if not item.linked:
        return list(org.records.children(item.module, item.field or "", record["id"]))
    table = org.records.table(item.module)
    return [
        table.rows[far_id]
        for far_id in org.records.get_links(module.api_name, record["id"], item.module)
        if far_id in table.rows
    ]


def _link_values(
    org: Organisation, request: Request, module: Module, record: StoredRecord, item: RelatedList
) -> dict[str, dict[str, Any]]:
    if not item.linked:
        return {}
    ties = {
        far_id: {name: value for name, value in values.items() if name[:1] != "$"}
        for far_id, values in org.records.get_links(
            module.api_name, record["id"], item.module
        ).items()
    }
    if item.api_name != deal_contact_roles.RELATED_LIST:
        return ties
    in_text = dialect(request.version).takes_lookups_as_text
    return {
        far_id: {
            **values,
            "Contact_Role": deal_contact_roles.render_role(
                org, values.get("Contact_Role"), in_text=in_text
            ),
        }
        for far_id, values in ties.items()
    }


def _linkable(
    org: Organisation, request: Request, module: str, id: str, related: str
) -> tuple[Module, RelatedList, StoredRecord]:
    crm_module = find_module(org, request, module)
    item = _find_related_list(request, crm_module, related)
    record = require_parent(org, request, crm_module, id)
    if not item.linked:
        is_other = behaves("records.unlinkable-list", "INVALID_DATA")
        raise Refusal(
            "INVALID_DATA" if is_other else "NOT_SUPPORTED",
            "the relation does not take links",
            details=path_index(request, 2),
        )
    return crm_module, item, record


def _link(
    org: Organisation,
    request: Request,
    module: Module,
    record: StoredRecord,
    item: RelatedList,
    other: str,
    values: Item,
    path: JSONPath,
) -> Item:
    far_module = org.metadata.modules[item.module]
    if find_visible(org, request, far_module, other) is None:
        raise invalid_data("the id given seems to be invalid", id=other)
    near, far = (module.api_name, record["id"]), (item.module, other)
    before = org.records.get_links(*near, item.module).get(other)
    # Values of the record's own fields do not belong to the link, and would hide them.
    own = far_module.fields_by_name(path.dialect.number)
    link_values = {
        name: value
        for name, value in values.items()
        if name not in ("id", "Contact_Role") and name not in own
    }
    role = values.get("Contact_Role")
    if role is not None:
        link_values["Contact_Role"] = deal_contact_roles.read_role(org, role, path)
    org.records.link(near, far, {**(before or {}), **link_values})
    return success("relation added" if before is None else "relation updated", {"id": other})


def _list_activities(
    org: Organisation, request: Request, record: StoredRecord
) -> dict[str, Any] | None:
    records = {
        activity["id"]: activity
        for home in ACTIVITY_MODULES
        for name in ("What_Id", "Who_Id")
        for activity in filter_visible(
            org,
            request,
            org.metadata.modules[home],
            org.records.children(home, name, record["id"]),
        )
    }
    page = paginate(org, request, sorted(records.values(), key=itemgetter("id"), reverse=True))
    if not page.rows:
        return None
    data = []
    for activity in page.rows:
        home_module = org.metadata.modules[org.records.homes[activity["id"]]]
        data.append(
            {
                **Renderer(org, request, home_module).row(activity),
                "Activity_Type": home_module.api_name,
            }
        )
    return {"data": data, "info": page.info}


@routes.route(
    "GET",
    "/crm/{version}/{module}/deleted/{record}/{related_list}",
    scope=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.READ"),
    versions=(6, 8),
)
def list_related_of_deleted(
    org: Organisation, request: Request, module: str, record: str, related_list: str
) -> Item | None:
    """Return the records of a related list that were deleted with a record."""
    crm_module = find_module(org, request, module)
    related = crm_module.related_list(related_list)
    if related is None:
        raise invalid_data("the relation name given seems to be invalid", resource_path_index=3)
    require_param(request, "fields")
    entry = org.records.table(module).deleted.get(record)
    if entry is None:
        raise bad_path_id(request, 2)
    zone = request.user.time_zone
    rows = [
        {
            "id": companion["id"],
            "$member_info": {
                "id": companion["id"],
                "Created_Time": localize(companion["Created_Time"], zone),
                "Modified_Time": localize(companion["Modified_Time"], zone),
            },
            "Moved_To__s": None,
        }
        for home, companion in entry.companions
        if home == related.module
    ]
    return page_of(request, "data", rows)
