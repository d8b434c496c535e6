"""Tags of a module: creating, renaming, merging and deleting them.

Tags of records are changed in `records/tags.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import get_module_param
from ..engine.batch import batch
from ..engine.bodies import require, require_objects
from ..engine.paths import SETTINGS_PATH
from ..engine.rendering import localize
from ..engine.settings import SETTINGS, get_job_param, keys
from ..engine.tagging import check_tag, find_or_make_tag, find_tag
from ..engine.values import JSONPath, format_moment
from ..state import Item, Module, Organisation
from ..state.store import Tag

routes = Routes(scope="ZohoCRM.settings.tags")

TAGS = SETTINGS_PATH + "/tags"
_MERGE = ("ZohoCRM.settings.tags.CREATE", "ZohoCRM.settings.tags.UPDATE")


@routes.route("GET", TAGS)
def list_tags(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the tags of a module."""
    module = get_module_param(org, request)
    mine = request.args.boolean("my_tags")
    tags = [
        _render_tag(org, request, tag)
        for tag in org.records.tags.values()
        if tag.module == module.api_name and (not mine or tag.created_by == request.user.id)
    ]
    if not tags:
        return None
    return {"tags": tags, "info": {"count": len(tags), "allowed_count": 200}}


@routes.route("POST", TAGS)
def create_tags(org: Organisation, request: Request) -> Response:
    """Create tags in a module."""
    module = get_module_param(org, request)

    def create(item: Item, path: JSONPath) -> Item:
        if "name" not in item:
            raise path.child("name").missing()
        _check_free(org, module, item["name"], path, None)
        tag = find_or_make_tag(
            org, module.api_name, item["name"], path, request.user, item.get("color_code")
        )
        return success("tags created successfully", _details(org, request, tag))

    return batch(request, create, status=201, key="tags")


@routes.route("PUT", TAGS)
@routes.route("PUT", TAGS + "/{tag}")
def update_tags(org: Organisation, request: Request, tag: str = "") -> Response:
    """Rename or recolour tags, each named by its `id`, or the one that the path names."""
    module = get_module_param(org, request)

    def update(item: Item, path: JSONPath) -> Item:
        return _update(org, request, module, tag or str(item.get("id")), item, path)

    return batch(request, update, key="tags", limit=1 if tag else 100)


@routes.route("DELETE", TAGS + "/{tag}")
def delete_tag(org: Organisation, request: Request, tag: str) -> Response:
    """Delete a tag, also from records. The response has a list (OpenAPI 3.0 and 3.1, SDKs)."""
    if tag not in org.records.tags:
        return JsonResponse({"tags": [invalid_data("invalid data", id=tag).body]}, 400)
    del org.records.tags[tag]
    return JsonResponse({"tags": [success("tags deleted successfully", {"id": tag})]})


@routes.route("POST", TAGS + "/{tag}/actions/merge", scope=_MERGE)
def merge_tags(org: Organisation, request: Request, tag: str) -> Response:
    """Replace another tag of the module (`conflict_id`) by this one."""
    target = org.records.tags.get(tag)
    if target is None:
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)

    def merge(item: Item, path: JSONPath) -> Item:
        other = org.records.tags.get(str(item.get("conflict_id")))
        if other is None or other.module != target.module or other.id == tag:
            raise path.child("conflict_id").unknown_id()
        for record in list(org.records.table(target.module).rows.values()):
            if other.id in (record.get("Tag") or ()):
                items = [tag_id for tag_id in record["Tag"] if tag_id not in (other.id, tag)]
                org.records.put(target.module, {**record, "Tag": [*items, tag]})
        del org.records.tags[other.id]
        return success("tags updated successfully", _details(org, request, target))

    return batch(request, merge, key="tags", limit=1)


@routes.route("GET", TAGS + "/{tag}/actions/records_count")
def count_tagged(org: Organisation, request: Request, tag: str) -> dict[str, Any]:
    """Return how many records have a tag, as a string."""
    module = get_module_param(org, request)
    if tag not in org.records.tags:
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    rows = org.records.table(module.api_name).rows.values()
    return {"count": str(sum(tag in (record.get("Tag") or ()) for record in rows))}


def _check_free(
    org: Organisation, module: Module, name: Any, path: JSONPath, own: Tag | None
) -> None:
    other = find_tag(org, module.api_name, name) if isinstance(name, str) else None
    if other is not None and other is not own:
        raise Refusal(
            "DUPLICATE_DATA", "duplicate data", details=path.child("name").details(id=other.id)
        )


def _update(
    org: Organisation, request: Request, module: Module, tag_id: str, item: Item, path: JSONPath
) -> Item:
    tag = org.records.tags.get(tag_id)
    if tag is None or tag.module != module.api_name:
        raise path.child("id").invalid("the id given seems to be invalid", id=tag_id)
    name = item.get("name", tag.name)
    _check_free(org, module, name, path, tag)
    color_code = item.get("color_code", tag.color_code)
    check_tag(name, color_code, path)
    changed = replace(
        tag,
        name=name,
        color_code=color_code,
        modified_by=request.user.id,
        modified_time=format_moment(org.clock.now()),
    )
    org.records.tags[tag_id] = changed
    return success("tags updated successfully", _details(org, request, changed))


def _person(org: Organisation, user_id: str) -> dict[str, str] | None:
    user = org.users.get(user_id)
    return user.reference if user else None


def _details(org: Organisation, request: Request, tag: Tag) -> dict[str, Any]:
    zone = request.user.time_zone
    details = {
        "created_time": localize(tag.created_time, zone),
        "modified_time": localize(tag.modified_time, zone),
        "modified_by": _person(org, tag.modified_by),
        "id": tag.id,
        "created_by": _person(org, tag.created_by),
    }
    if not dialect(request.version).tags_in_query:
        details["color_code"] = tag.color_code
    return details


def _render_tag(org: Organisation, request: Request, tag: Tag) -> dict[str, Any]:
    return {**_details(org, request, tag), "name": tag.name}


_PATH = "/crm/{version}/settings/tags/actions/mass_delete"
_KEY = "mass_delete"


@routes.route("POST", _PATH, scope=f"{SETTINGS}.tags.DELETE", versions=(7, 8))
def mass_delete(org: Organisation, request: Request) -> Response:
    """Delete tags of a module; records lose them."""
    body = request.json_items(_KEY, limit=1)[0]
    path = JSONPath(dialect(request.version), _KEY, f"$.{_KEY}[0]")
    module_id = keys.module().read(org, require(body, "module", path), path.child("module"))
    names = {module.id: name for name, module in org.metadata.modules.items()}
    doomed = []
    for item, child in require_objects(body, "tags", path):
        tag = org.records.tags.get(str(require(item, "id", child)))
        if tag is None or tag.module != names[module_id]:
            raise child.child("id").unknown_id()
        doomed.append(tag.id)
    for tag_id in doomed:
        org.records.tags.pop(tag_id, None)
    job_id = org.settings.start(org.ids.next(), "mass_delete_tags")
    result = success("mass delete tags scheduled successfully", {"job_id": job_id})
    return JsonResponse(result | {"code": "SCHEDULED"}, 202)


@routes.route("GET", _PATH, versions=(7, 8))
def get_mass_delete_status(org: Organisation, request: Request) -> Item:
    """Return the progress of a deletion of tags."""
    job = get_job_param(org, request, "mass_delete_tags")
    return {_KEY: [{"job_id": job.id, "status": "COMPLETED" if job.poll() else "RUNNING"}]}
