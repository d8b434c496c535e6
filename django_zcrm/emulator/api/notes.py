"""Notes: creating them with their parents; `records` serves the rest."""

from __future__ import annotations

from typing import Any

from ..core import Request, Response, Routes
from ..engine.batch import batch
from ..engine.values import JSONPath
from ..state import Item, Organisation
from .records.writing import insert_item
from .related_notes import notes_module

routes = Routes(scope=("ZohoCRM.modules.notes", "ZohoCRM.modules"))

MODULE = "Notes"


@routes.route("POST", "/crm/{version}/Notes")
def create_notes(org: Organisation, request: Request) -> Response:
    """Insert notes that name their parents: v2 by `Parent_Id` and `se_module`, later combined."""
    notes = notes_module(org)

    def insert(item: Item, path: JSONPath) -> Item:
        _check_parent(org, item, path)
        return insert_item(org, request, notes, item, path)

    return batch(request, insert, status=201)


def _check_parent(org: Organisation, item: Item, path: JSONPath) -> None:
    """Check that the module named with a note's parent is the parent's module.

    Raises Refusal. v2 needs `se_module`; in later versions Parent_Id may contain the module.
    """
    parent = item.get("Parent_Id")
    if parent is None:
        return
    name: Any = item.get("se_module") or item.get("$se_module")
    child = path.child("se_module")
    if isinstance(parent, dict):
        module = parent.get("module")
        if isinstance(module, dict):
            name, child = module.get("api_name"), path.child("Parent_Id").child("module")
        parent = parent.get("id")
    if name is None:
        if path.dialect.note_parent_in_text:
            raise child.missing()
        return
    if not isinstance(name, str) or name not in org.metadata.modules:
        raise child.invalid()
    if org.records.homes.get(str(parent)) not in (None, name):
        raise path.child("Parent_Id").unknown_id()
