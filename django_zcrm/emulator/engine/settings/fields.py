"""Finds the fields and picklist values that settings refer to."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.engine.bodies import required_object
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item


def module_of(org: Organisation, module_id: str) -> Module:
    """Return a module by its id, which must exist."""
    return next(module for module in org.metadata.modules.values() if module.id == module_id)


def named_field(module: Module, value: Any, path: JSONPath) -> Field:
    """Return the field of a module that a body names by id or API name. Raises Problem."""
    required_object(value, path)
    names = (value.get("id"), value.get("api_name"))
    for field in module.fields:
        if field.id in names or field.api_name in names:
            return field
    raise path.child("id" if "id" in value else "api_name").invalid()


def reference(field: Field) -> Item:
    """Return a field as settings refer to it."""
    return {"api_name": field.api_name, "id": field.id}
