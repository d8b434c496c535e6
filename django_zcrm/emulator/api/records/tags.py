"""Adding tags to records and removing them.

The query names the tags in v2, the body in later versions.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.api import record_locks
from django_zcrm.emulator.core.errors import (
    Problem,
    invalid_data,
    missing_param,
    over_limit,
    success,
)
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import find_module, find_record
from django_zcrm.emulator.engine.batch import batch_status
from django_zcrm.emulator.engine.paths import MODULE, RECORD, UPDATE
from django_zcrm.emulator.engine.rendering import tag_references
from django_zcrm.emulator.engine.tagging import find_tag, named_tag
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record

routes = Routes()

MAX_IDS = 500
_READ, _CREATE, _UPDATE, _DELETE = (
    f"ZohoCRM.settings.tags.{operation}" for operation in ("READ", "CREATE", "UPDATE", "DELETE")
)
_TAGGING = (_CREATE, _UPDATE, *UPDATE)


@routes.route("POST", MODULE + "/actions/add_tags", scope=_TAGGING)
def add_tags(org: Organisation, request: Request, module: str) -> Response:
    """Add tags to the records that `ids` names."""
    crm_module = find_module(org, request, module)
    return _tag_records(org, request, crm_module, _asked_ids(request), add=True)


@routes.route("POST", RECORD + "/actions/add_tags", scope=_TAGGING)
def add_tags_to_one(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Add tags to one record."""
    crm_module = find_module(org, request, module)
    return _tag_records(
        org, request, crm_module, [_path_id(org, request, crm_module, id)], add=True
    )


@routes.route("POST", MODULE + "/actions/remove_tags", scope=_TAGGING)
def remove_tags(org: Organisation, request: Request, module: str) -> Response:
    """Remove tags from the records that `ids` names."""
    crm_module = find_module(org, request, module)
    return _tag_records(org, request, crm_module, _asked_ids(request), add=False)


@routes.route("POST", RECORD + "/actions/remove_tags", scope=_TAGGING)
def remove_tags_from_one(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Remove tags from one record."""
    crm_module = find_module(org, request, module)
    return _tag_records(
        org, request, crm_module, [_path_id(org, request, crm_module, id)], add=False
    )


def _path_id(org: Organisation, request: Request, module: Module, record_id: str) -> str:
    record = find_record(org, request, module, record_id)
    return record_id if record is None else record["id"]


def _asked_ids(request: Request) -> list[str]:
    if dialect(request.version).tags_in_query:
        ids: Any = request.args.comma_separated("ids")
        limit = 100
    else:
        ids = request.json_object().get("ids") or request.args.comma_separated("ids")
        limit = MAX_IDS
    if not isinstance(ids, list) or not ids:
        raise missing_param("ids")
    if len(ids) > limit:
        raise over_limit("ids", limit, param_name="ids")
    return [str(record_id) for record_id in ids]


def _asked_tags(request: Request) -> tuple[list[Item], bool]:
    """Return the tags that a call names, and whether they replace the existing ones."""
    if dialect(request.version).tags_in_query:
        names = request.args.comma_separated("tag_names")
        if not names:
            raise missing_param("tag_names")
        return [{"name": name} for name in names], request.args.boolean("over_write")
    items = request.json_items("tags")
    over_write = request.json_object().get("over_write", request.args.boolean("over_write"))
    return items, over_write in (True, "true")


def _tag_records(
    org: Organisation, request: Request, module: Module, ids: list[str], *, add: bool
) -> Response:
    traits = dialect(request.version)
    items, over_write = _asked_tags(request)
    places = [JSONPath(traits, "name", f"$.tags[{index}]") for index in range(len(items))]
    if add:
        tags = [
            named_tag(
                org, module.api_name, item.get("name"), path, request.user, item.get("color_code")
            ).id
            for item, path in zip(items, places, strict=True)
        ]
    else:
        tags = [
            tag.id
            for item in items
            if (tag := find_tag(org, module.api_name, str(item.get("name"))))
        ]
    results = []
    for record_id in ids:
        record = org.records.table(module.api_name).get(record_id)
        if record is None:
            results.append(invalid_data("invalid data", id=record_id).body)
            continue
        try:
            record_locks.guard(org, request, module, record, "tags")
        except Problem as problem:
            results.append(problem.body)
            continue
        changed = _retagged(org, record, tags, add=add, over_write=over_write)
        org.records.put(module.api_name, changed)
        shown = tag_references(org, changed, traits)
        shown_tags: list[Any] = [tag["name"] for tag in shown] if traits.tags_in_query else shown
        results.append(success("tags updated successfully", {"id": record_id, "tags": shown_tags}))
    done = sum(result["status"] == "success" for result in results)
    locked = sum(result["code"] == "RECORD_LOCKED" for result in results)
    return JsonResponse(
        {
            "data": results,
            "wf_scheduler": False,
            "success_count": str(done),
            "locked_count": str(locked),
        },
        batch_status(results, traits),
    )


def _retagged(
    org: Organisation, record: Record, tags: list[str], *, add: bool, over_write: bool
) -> Record:
    before = [tag for tag in record.get("Tag") or () if tag in org.records.tags]
    if not add:
        after = [tag for tag in before if tag not in tags]
    elif over_write:
        after = list(dict.fromkeys(tags))
    else:
        after = list(dict.fromkeys([*before, *tags]))
    return {**record, "Tag": after}
