"""Tags: creating, renaming, merging and deleting them; adding them to records and removing them.

Knows both ways of naming tags: the query in v2, the body in later versions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.metadata.operations import SETTINGS, asked_module
from django_zcrm.emulator.problems import Problem, invalid_data, missing_param, over_limit, success
from django_zcrm.emulator.records.access import find_module, find_record
from django_zcrm.emulator.records.rendering import in_zone, tag_references
from django_zcrm.emulator.records.routing import MODULE, RECORD, UPDATE, routes
from django_zcrm.emulator.records.store import Record, Tag
from django_zcrm.emulator.records.tagging import find_tag, named_tag
from django_zcrm.emulator.records.values import Place, stored_moment
from django_zcrm.emulator.records.writing import Item, batch, batch_status
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

MOST_IDS = 500
TAGS = SETTINGS + "/tags"
_READ, _CREATE, _UPDATE, _DELETE = (
    f"ZohoCRM.settings.tags.{operation}" for operation in ("READ", "CREATE", "UPDATE", "DELETE")
)
_TAGGING = (_CREATE, _UPDATE, *UPDATE)


@routes.route("GET", TAGS, scope=_READ)
def list_tags(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer the tags of a module."""
    module = asked_module(org, call)
    mine = call.params.flag("my_tags")
    tags = [
        _shown(org, call, tag)
        for tag in org.records.tags.values()
        if tag.module == module.api_name and (not mine or tag.created_by == call.user.id)
    ]
    if not tags:
        return None
    return {"tags": tags, "info": {"count": len(tags), "allowed_count": 200}}


@routes.route("POST", TAGS, scope=_CREATE)
def create_tags(org: Organisation, call: Call) -> Answer:
    """Create tags in a module."""
    module = asked_module(org, call)

    def create(item: Item, place: Place) -> Item:
        if "name" not in item:
            raise place.child("name").missing()
        _check_free(org, module, item["name"], place, None)
        tag = named_tag(
            org, module.api_name, item["name"], place, call.user, item.get("color_code")
        )
        return success("tags created successfully", _details(org, call, tag))

    return batch(call, create, done=201, key="tags")


@routes.route("PUT", TAGS, scope=_UPDATE)
def update_tags(org: Organisation, call: Call) -> Answer:
    """Rename or recolour tags, each named by its `id`."""
    module = asked_module(org, call)

    def update(item: Item, place: Place) -> Item:
        return _update(org, call, module, str(item.get("id")), item, place)

    return batch(call, update, key="tags")


@routes.route("PUT", TAGS + "/{tag}", scope=_UPDATE)
def update_tag(org: Organisation, call: Call, tag: str) -> Answer:
    """Rename or recolour one tag."""
    module = asked_module(org, call)

    def update(item: Item, place: Place) -> Item:
        return _update(org, call, module, tag, item, place)

    return batch(call, update, key="tags", limit=1)


@routes.route("DELETE", TAGS + "/{tag}", scope=_DELETE)
def delete_tag(org: Organisation, call: Call, tag: str) -> Answer:
    """Delete a tag; records lose it. The answer holds one object, not a list (docs v2, v8)."""
    if tag not in org.records.tags:
        return Answer(400, {"tags": invalid_data("invalid data", id=tag).body})
    del org.records.tags[tag]
    return Answer(200, {"tags": success("tags deleted successfully", {"id": tag})})


@routes.route("POST", TAGS + "/{tag}/actions/merge", scope=(_CREATE, _UPDATE))
def merge_tags(org: Organisation, call: Call, tag: str) -> Answer:
    """Replace another tag of the module (`conflict_id`) by this one."""
    target = org.records.tags.get(tag)
    if target is None:
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)

    def merge(item: Item, place: Place) -> Item:
        other = org.records.tags.get(str(item.get("conflict_id")))
        if other is None or other.module != target.module or other.id == tag:
            raise place.child("conflict_id").unknown()
        for record in list(org.records.table(target.module).rows.values()):
            if other.id in (record.get("Tag") or ()):
                kept = [one for one in record["Tag"] if one not in (other.id, tag)]
                org.records.put(target.module, {**record, "Tag": [*kept, tag]})
        del org.records.tags[other.id]
        return success("tags updated successfully", _details(org, call, target))

    return batch(call, merge, key="tags", limit=1)


@routes.route("GET", TAGS + "/{tag}/actions/records_count", scope=_READ)
def count_tagged(org: Organisation, call: Call, tag: str) -> dict[str, Any]:
    """Answer how many records have a tag, as a string."""
    module = asked_module(org, call)
    if tag not in org.records.tags:
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    rows = org.records.table(module.api_name).rows.values()
    return {"count": str(sum(tag in (record.get("Tag") or ()) for record in rows))}


@routes.route("POST", MODULE + "/actions/add_tags", scope=_TAGGING)
def add_tags(org: Organisation, call: Call, module: str) -> Answer:
    """Add tags to the records that `ids` names."""
    found = find_module(org, call, module)
    return _tag_records(org, call, found, _asked_ids(call), add=True)


@routes.route("POST", RECORD + "/actions/add_tags", scope=_TAGGING)
def add_tags_to_one(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Add tags to one record."""
    found = find_module(org, call, module)
    return _tag_records(org, call, found, [_path_id(org, call, found, id)], add=True)


@routes.route("POST", MODULE + "/actions/remove_tags", scope=_TAGGING)
def remove_tags(org: Organisation, call: Call, module: str) -> Answer:
    """Remove tags from the records that `ids` names."""
    found = find_module(org, call, module)
    return _tag_records(org, call, found, _asked_ids(call), add=False)


@routes.route("POST", RECORD + "/actions/remove_tags", scope=_TAGGING)
def remove_tags_from_one(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Remove tags from one record."""
    found = find_module(org, call, module)
    return _tag_records(org, call, found, [_path_id(org, call, found, id)], add=False)


def _path_id(org: Organisation, call: Call, module: Module, id: str) -> str:
    record = find_record(org, call, module, id)
    return id if record is None else record["id"]


def _asked_ids(call: Call) -> list[str]:
    if dialect(call.version).tags_in_query:
        ids: Any = call.params.listed("ids")
        limit = 100
    else:
        ids = call.json_object().get("ids") or call.params.listed("ids")
        limit = MOST_IDS
    if not isinstance(ids, list) or not ids:
        raise missing_param("ids")
    if len(ids) > limit:
        raise over_limit("ids", limit, param_name="ids")
    return [str(one) for one in ids]


def _asked_tags(call: Call) -> tuple[list[Item], bool]:
    """Return the tags that a call names, and whether they replace the existing ones."""
    if dialect(call.version).tags_in_query:
        names = call.params.listed("tag_names")
        if not names:
            raise missing_param("tag_names")
        return [{"name": name} for name in names], call.params.flag("over_write")
    items = call.items("tags")
    over_write = call.json_object().get("over_write", call.params.flag("over_write"))
    return items, over_write in (True, "true")


def _tag_records(
    org: Organisation, call: Call, module: Module, ids: list[str], *, add: bool
) -> Answer:
    traits = dialect(call.version)
    items, over_write = _asked_tags(call)
    places = [Place(traits, "name", f"$.tags[{index}]") for index in range(len(items))]
    if add:
        tags = [
            named_tag(
                org, module.api_name, item.get("name"), place, call.user, item.get("color_code")
            ).id
            for item, place in zip(items, places, strict=True)
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
        changed = _retagged(org, record, tags, add=add, over_write=over_write)
        org.records.put(module.api_name, changed)
        shown = tag_references(org, changed, traits)
        told: list[Any] = [tag["name"] for tag in shown] if traits.tags_in_query else shown
        results.append(success("tags updated successfully", {"id": record_id, "tags": told}))
    done = sum(result["status"] == "success" for result in results)
    return Answer(
        batch_status(results, traits),
        {"data": results, "wf_scheduler": False, "success_count": str(done), "locked_count": "0"},
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


def _check_free(
    org: Organisation, module: Module, name: Any, place: Place, own: Tag | None
) -> None:
    other = find_tag(org, module.api_name, name) if isinstance(name, str) else None
    if other is not None and other is not own:
        raise Problem(
            "DUPLICATE_DATA", "duplicate data", details=place.child("name").details(id=other.id)
        )


def _update(
    org: Organisation, call: Call, module: Module, tag_id: str, item: Item, place: Place
) -> Item:
    tag = org.records.tags.get(tag_id)
    if tag is None or tag.module != module.api_name:
        raise place.child("id").refuse("the id given seems to be invalid", id=tag_id)
    name = item.get("name", tag.name)
    _check_free(org, module, name, place, tag)
    if not isinstance(name, str) or not 0 < len(name) <= 25:
        raise place.child("name").refuse(maximum_length=25)
    changed = replace(
        tag,
        name=name,
        color_code=item.get("color_code", tag.color_code),
        modified_by=call.user.id,
        modified_time=stored_moment(org.clock.now()),
    )
    org.records.tags[tag_id] = changed
    return success("tags updated successfully", _details(org, call, changed))


def _person(org: Organisation, user_id: str) -> dict[str, str] | None:
    user = org.users.get(user_id)
    return user.reference if user else None


def _details(org: Organisation, call: Call, tag: Tag) -> dict[str, Any]:
    zone = call.user.time_zone
    details = {
        "created_time": in_zone(tag.created_time, zone),
        "modified_time": in_zone(tag.modified_time, zone),
        "modified_by": _person(org, tag.modified_by),
        "id": tag.id,
        "created_by": _person(org, tag.created_by),
    }
    if not dialect(call.version).tags_in_query:
        details["color_code"] = tag.color_code
    return details


def _shown(org: Organisation, call: Call, tag: Tag) -> dict[str, Any]:
    return {**_details(org, call, tag), "name": tag.name}
