"""Fields that an administrator of Zoho's adds, removes or makes unique."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from django_zcrm.emulator.state.field import Field
from django_zcrm.testing import SiteEmulator


def without_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    """Let a module have no such field any more."""
    modules = emulator.org.metadata.modules
    metadata = modules[module]
    fields = type(metadata.fields)(field for field in metadata.fields if field.api_name != name)
    patch.setitem(modules, module, replace(metadata, fields=fields))


def add_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str, **options: Any
) -> None:
    """Let a module have a custom field: by default a text."""
    modules = emulator.org.metadata.modules
    metadata = modules[module]
    values = {"label": name, "data_type": "text", "custom": True, **options}
    field = Field(api_name=name, **values)
    added = type(metadata.fields)([*metadata.fields, field])
    patch.setitem(modules, module, replace(metadata, fields=added))


def with_unique_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    """Let a field of a module be unique."""
    modules = emulator.org.metadata.modules
    metadata = modules[module]
    changed = type(metadata.fields)(
        replace(field, unique=True) if field.api_name == name else field
        for field in metadata.fields
    )
    patch.setitem(modules, module, replace(metadata, fields=changed))
