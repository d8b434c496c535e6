"""Adding tags to records and removing them.

The query names the tags in v2, the body in later versions.
"""

from __future__ import annotations

from typing import Any

from ...core import JsonResponse, Request, Response, Routes, dialect
from ...core.errors import Refusal, invalid_data, missing_param, over_limit, success
from ...engine import visibility
from ...engine.access import find_module, find_record
from ...engine.batch import batch_status
from ...engine.paths import MODULE, RECORD, UPDATE
from ...engine.rendering import tag_references
from ...engine.tagging import check_number, find_or_make_tag, find_tag
from ...engine.values import JSONPath
from ...guesses import behaves
from ...state import Item, Module, Organisation, StoredRecord
from .. import record_locks

routes = Routes()

MAX_IDS = 500
_TAGGING = ("ZohoCRM.settings.tags.CREATE", "ZohoCRM.settings.tags.UPDATE", *UPDATE)


@routes.route("POST", MODULE + "/actions/add_tags", scope=_TAGGING)
@routes.route("POST", RECORD + "/actions/add_tags", scope=_TAGGING)
def add_tags(org: Organisation, request: Request, module: str, id: str = "") -> Response:
    """Add tags to the records that `ids` names, or to the one that the path names."""
    return _tag_records(org, request, module, id, add=True)


@routes.route("POST", MODULE + "/actions/remove_tags", scope=_TAGGING)
@routes.route("POST", RECORD + "/actions/remove_tags", scope=_TAGGING)
def remove_tags(org: Organisation, request: Request, module: str, id: str = "") -> Response:
    """Remove tags from the records that `ids` names, or from the one that the path names."""
    return _tag_records(org, request, module, id, add=False)


def _path_id(org: Organisation, request: Request, module: Module, record_id: str) -> str:
    record = find_record(org, request, module, record_id)
    return record_id if record is None else record["id"]


def _read_ids(request: Request) -> list[str]:
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


def _read_tags(request: Request) -> tuple[list[Item], bool]:
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
    org: Organisation, request: Request, module_name: str, path_id: str, *, add: bool
) -> Response:
    module = find_module(org, request, module_name)
    ids = [_path_id(org, request, module, path_id)] if path_id else _read_ids(request)
    tags, over_write = _find_tags(org, request, module, add=add)
    results = []
    for record_id in ids:
        record = visibility.find_visible(org, request, module, record_id)
        if record is None:
            results.append(invalid_data("invalid data", id=record_id).body)
            continue
        try:
            visibility.require(org, request, module, record, "update")
            record_locks.guard(org, request, module, record, "tags")
            changed = _replace_tags(org, record, tags, add=add, over_write=over_write)
            check_number(changed["Tag"], JSONPath(dialect(request.version), "tags", "$.tags"))
        except Refusal as refusal:
            results.append(refusal.body)
            continue
        org.records.put(module.api_name, changed)
        details = {"id": record_id, "tags": _render_tags(org, request, changed)}
        results.append(success("tags updated successfully", details))
    count = sum(result["status"] == "success" for result in results)
    locked_count = sum(result["code"] == "RECORD_LOCKED" for result in results)
    return JsonResponse(
        {
            "data": results,
            "wf_scheduler": False,
            "success_count": str(count),
            "locked_count": str(locked_count),
        },
        batch_status(results, dialect(request.version)),
    )


def _find_tags(
    org: Organisation, request: Request, module: Module, *, add: bool
) -> tuple[list[str], bool]:
    """Return the ids of the tags in a request, which `add` creates, and `over_write`."""
    traits = dialect(request.version)
    items, over_write = _read_tags(request)
    if not add:
        candidates = (find_tag(org, module.api_name, str(item.get("name"))) for item in items)
        return [tag.id for tag in candidates if tag], over_write
    tags = [
        find_or_make_tag(
            org,
            module.api_name,
            item.get("name"),
            JSONPath(traits, "name", f"$.tags[{index}]"),
            request.user,
            item.get("color_code"),
        )
        for index, item in enumerate(items)
    ]
    return [tag.id for tag in tags], over_write


def _render_tags(org: Organisation, request: Request, record: StoredRecord) -> list[Any]:
    """Return the tags of a record as a version shows them after a change."""
    traits = dialect(request.version)
    references = tag_references(org, record, traits)
    if traits.tags_in_query and not behaves("records.v2-tags", "objects"):
        return [tag["name"] for tag in references]
    return references


def _replace_tags(
    org: Organisation, record: StoredRecord, tags: list[str], *, add: bool, over_write: bool
) -> StoredRecord:
    before = [tag for tag in record.get("Tag") or () if tag in org.records.tags]
    if not add:
        after = [tag for tag in before if tag not in tags]
    elif over_write:
        after = list(dict.fromkeys(tags))
    else:
        after = list(dict.fromkeys([*before, *tags]))
    return {**record, "Tag": after}
