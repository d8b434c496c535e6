"""The notes of a record."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import bad_path_id, find_module, get_ids_param, require_parent
from ..engine.batch import batch, batch_status
from ..engine.deleting import delete
from ..engine.paths import RECORD
from ..engine.rendering import Renderer
from ..engine.validation import id_of
from ..engine.values import JSONPath, is_id
from ..state import Item, Module, Organisation, StoredRecord
from .records.writing import insert_item, update_item
from .related_records import paginate_related

routes = Routes(scope=("ZohoCRM.modules.notes", "ZohoCRM.modules"))

NOTES = RECORD + "/Notes"
NOTE = NOTES + "/{note}"


@routes.route("GET", NOTES)
def list_related_notes(
    org: Organisation, request: Request, module: str, id: str
) -> Response | dict[str, Any] | None:
    """Return a page of the notes of a record."""
    parent = _parent(org, request, module, id)
    return paginate_related(
        org, request, notes_module(org), org.records.children("Notes", "Parent_Id", parent["id"])
    )


@routes.route("POST", NOTES)
def create_related_notes(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Insert notes of a record."""
    parent = _parent(org, request, module, id)
    notes = notes_module(org)
    parent_id: Any = parent["id"]
    if not dialect(request.version).takes_lookups_as_text:
        parent_id = {"id": parent["id"]}

    def insert(item: Item, path: JSONPath) -> Item:
        return insert_item(org, request, notes, {**item, "Parent_Id": parent_id}, path)

    return batch(request, insert, status=201)


@routes.route("PUT", NOTES)
def update_related_notes(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Update notes of a record, each named by its `id`."""
    parent = _parent(org, request, module, id)
    notes = notes_module(org)

    def update(item: Item, path: JSONPath) -> Item:
        note = _note_of(org, parent, id_of(item, path))
        if note is None:
            raise path.child("id").unknown_id()
        return update_item(org, request, notes, note, _drop_parent(item), path)

    return batch(request, update)


@routes.route("DELETE", NOTES)
def delete_related_notes(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Delete the notes of a record that the parameter `ids` names."""
    parent = _parent(org, request, module, id)
    results = [_delete(org, request, parent, note_id) for note_id in get_ids_param(request)]
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


@routes.route("GET", NOTE)
def get_related_note(
    org: Organisation, request: Request, module: str, id: str, note: str
) -> dict[str, Any] | None:
    """Return one note of a record."""
    crm_note = _path_note(org, request, module, id, note)
    if crm_note is None:
        return None
    fields = request.args.comma_separated("fields") or None
    return {"data": [Renderer(org, request, notes_module(org), fields).row(crm_note)]}


@routes.route("PUT", NOTE)
def update_related_note(
    org: Organisation, request: Request, module: str, id: str, note: str
) -> Response:
    """Update one note of a record."""
    crm_note = _path_note(org, request, module, id, note)
    notes = notes_module(org)

    def update(item: Item, path: JSONPath) -> Item:
        if crm_note is None:
            raise invalid_data("the id given seems to be invalid", id=note)
        return update_item(org, request, notes, crm_note, _drop_parent(item), path)

    return batch(request, update, limit=1)


@routes.route("DELETE", NOTE)
def delete_related_note(
    org: Organisation, request: Request, module: str, id: str, note: str
) -> Response:
    """Delete one note of a record."""
    _path_note(org, request, module, id, note)
    results = [_delete(org, request, _parent(org, request, module, id), note)]
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


def notes_module(org: Organisation) -> Module:
    return org.metadata.modules["Notes"]


def _parent(org: Organisation, request: Request, module: str, id: str) -> StoredRecord:
    return require_parent(org, request, find_module(org, request, module), id)


def _note_of(org: Organisation, parent: StoredRecord, note_id: str) -> StoredRecord | None:
    note = org.records.table("Notes").get(note_id)
    return note if note is not None and note["Parent_Id"] == parent["id"] else None


def _path_note(
    org: Organisation, request: Request, module: str, id: str, note: str
) -> StoredRecord | None:
    parent = _parent(org, request, module, id)
    if not is_id(note):
        raise bad_path_id(request, 3)
    return _note_of(org, parent, note)


def _delete(org: Organisation, request: Request, parent: StoredRecord, note_id: str) -> Item:
    note = _note_of(org, parent, note_id)
    if note is None:
        return invalid_data("the id given seems to be invalid", id=note_id).body
    delete(org, notes_module(org), note, request.user.id)
    return success("record deleted", {"id": note_id})


def _drop_parent(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "Parent_Id"}
