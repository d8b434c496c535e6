"""Finds the fields and picklist values that settings refer to."""

from __future__ import annotations

from typing import Any

from ...state import Field, Item, Module, Organisation
from ..bodies import require_object
from ..values import JSONPath


def module_of(org: Organisation, module_id: str) -> Module:
    """Return a module by its id, which must exist."""
    return next(module for module in org.metadata.modules.values() if module.id == module_id)


def require_field(module: Module, value: Any, path: JSONPath) -> Field:
    """Return the field of a module that a body names by id or API name. Raises Refusal."""
    require_object(value, path)
    names = (value.get("id"), value.get("api_name"))
    for field in module.fields:
        if field.id in names or field.api_name in names:
            return field
    raise path.child("id" if "id" in value else "api_name").invalid()


def reference(field: Field) -> Item:
    """Return a field as settings refer to it."""
    return {"api_name": field.api_name, "id": field.id}
