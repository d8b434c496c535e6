"""Notes: on their own, where each names its parent, and as the related list of a record.

Knows how versions name a note's parent; otherwise notes are like other records.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.problems import Problem, success
from django_zcrm.emulator.records.access import bad_path_id, existing_record, find_module
from django_zcrm.emulator.records.deleting import asked_ids, delete
from django_zcrm.emulator.records.drafts import id_of
from django_zcrm.emulator.records.related import related_page
from django_zcrm.emulator.records.rendering import Renderer
from django_zcrm.emulator.records.routing import RECORD, routes
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.records.values import Place, is_id
from django_zcrm.emulator.records.writing import (
    Item,
    batch,
    batch_status,
    insert_item,
    update_item,
)
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

NOTES = RECORD + "/Notes"
NOTE = NOTES + "/{note}"
_READ, _CREATE, _UPDATE, _DELETE = (
    (f"ZohoCRM.modules.notes.{operation}", f"ZohoCRM.modules.{operation}")
    for operation in ("READ", "CREATE", "UPDATE", "DELETE")
)


@routes.route("POST", "/crm/{version}/Notes", scope=_CREATE)
def create_notes(org: Organisation, call: Call) -> Answer:
    """Insert notes that name their parents: v2 by `Parent_Id` and `se_module`, later combined."""
    notes = _notes(org)

    def insert(item: Item, place: Place) -> Item:
        _check_parent(org, item, place)
        return insert_item(org, call, notes, item, place)

    return batch(call, insert, done=201)


@routes.route("GET", NOTES, scope=_READ)
def list_related_notes(
    org: Organisation, call: Call, module: str, id: str
) -> Answer | dict[str, Any] | None:
    """Answer a page of the notes of a record."""
    parent = _parent(org, call, module, id)
    return related_page(
        org, call, _notes(org), org.records.children("Notes", "Parent_Id", parent["id"])
    )


@routes.route("POST", NOTES, scope=_CREATE)
def create_related_notes(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Insert notes of a record."""
    parent = _parent(org, call, module, id)
    notes = _notes(org)
    parent_id: Any = parent["id"]
    if not dialect(call.version).takes_lookups_as_text:
        parent_id = {"id": parent["id"]}

    def insert(item: Item, place: Place) -> Item:
        return insert_item(org, call, notes, {**item, "Parent_Id": parent_id}, place)

    return batch(call, insert, done=201)


@routes.route("PUT", NOTES, scope=_UPDATE)
def update_related_notes(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Update notes of a record, each named by its `id`."""
    parent = _parent(org, call, module, id)
    notes = _notes(org)

    def update(item: Item, place: Place) -> Item:
        note = _note_of(org, parent, id_of(item, place))
        if note is None:
            raise place.child("id").unknown()
        return update_item(org, call, notes, note, _without_parent(item), place)

    return batch(call, update)


@routes.route("DELETE", NOTES, scope=_DELETE)
def delete_related_notes(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Delete the notes of a record that the parameter `ids` names."""
    parent = _parent(org, call, module, id)
    results = [_delete(org, call, parent, note_id) for note_id in asked_ids(call)]
    return Answer(batch_status(results, dialect(call.version)), {"data": results})


@routes.route("GET", NOTE, scope=_READ)
def get_related_note(
    org: Organisation, call: Call, module: str, id: str, note: str
) -> dict[str, Any] | None:
    """Answer one note of a record."""
    found = _path_note(org, call, module, id, note)
    if found is None:
        return None
    fields = call.params.listed("fields") or None
    return {"data": [Renderer(org, call, _notes(org), fields).row(found)]}


@routes.route("PUT", NOTE, scope=_UPDATE)
def update_related_note(org: Organisation, call: Call, module: str, id: str, note: str) -> Answer:
    """Update one note of a record."""
    found = _path_note(org, call, module, id, note)
    notes = _notes(org)

    def update(item: Item, place: Place) -> Item:
        if found is None:
            raise Problem("INVALID_DATA", "the id given seems to be invalid", details={"id": note})
        return update_item(org, call, notes, found, _without_parent(item), place)

    return batch(call, update, limit=1)


@routes.route("DELETE", NOTE, scope=_DELETE)
def delete_related_note(org: Organisation, call: Call, module: str, id: str, note: str) -> Answer:
    """Delete one note of a record."""
    _path_note(org, call, module, id, note)
    results = [_delete(org, call, _parent(org, call, module, id), note)]
    return Answer(batch_status(results, dialect(call.version)), {"data": results})


def _notes(org: Organisation) -> Module:
    return org.metadata.modules["Notes"]


def _parent(org: Organisation, call: Call, module: str, id: str) -> Record:
    return existing_record(org, call, find_module(org, call, module), id)


def _note_of(org: Organisation, parent: Record, note_id: str) -> Record | None:
    note = org.records.table("Notes").get(note_id)
    return note if note is not None and note["Parent_Id"] == parent["id"] else None


def _path_note(org: Organisation, call: Call, module: str, id: str, note: str) -> Record | None:
    parent = _parent(org, call, module, id)
    if not is_id(note):
        raise bad_path_id(call, 3)
    return _note_of(org, parent, note)


def _delete(org: Organisation, call: Call, parent: Record, note_id: str) -> Item:
    note = _note_of(org, parent, note_id)
    if note is None:
        return Problem(
            "INVALID_DATA", "the id given seems to be invalid", details={"id": note_id}
        ).body
    delete(org, _notes(org), note, call.user.id)
    return success("record deleted", {"id": note_id})


def _without_parent(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "Parent_Id"}


def _check_parent(org: Organisation, item: Item, place: Place) -> None:
    """Check that the module named with a note's parent is where the parent lives.

    Raises Problem. v2 needs `se_module`; in later versions Parent_Id may contain the module.
    """
    parent = item.get("Parent_Id")
    if parent is None:
        return
    name: Any = item.get("se_module") or item.get("$se_module")
    spot = place.child("se_module")
    if isinstance(parent, dict):
        module = parent.get("module")
        if isinstance(module, dict):
            name, spot = module.get("api_name"), place.child("Parent_Id").child("module")
        parent = parent.get("id")
    if name is None:
        if place.dialect.note_parent_in_text:
            raise spot.missing()
        return
    if not isinstance(name, str) or name not in org.metadata.modules:
        raise spot.refuse()
    if org.records.homes.get(str(parent)) not in (None, name):
        raise place.child("Parent_Id").unknown()
