"""Fields that an administrator of Zoho's adds, removes or changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from django_zcrm.emulator.state.field import Field
from django_zcrm.testing import SiteEmulator


def without_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    """Let a module have no such field any more."""
    fields = emulator.org.metadata.modules[module].fields
    _set_fields(emulator, patch, module, (field for field in fields if field.api_name != name))


def add_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str, **options: Any
) -> None:
    """Let a module have a custom field: by default a text."""
    values = {"label": name, "data_type": "text", "custom": True, **options}
    fields = emulator.org.metadata.modules[module].fields
    _set_fields(emulator, patch, module, [*fields, Field(api_name=name, **values)])


def change_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str, **values: Any
) -> None:
    """Change attributes of a field of a module, such as its API name."""
    fields = emulator.org.metadata.modules[module].fields
    changed = (replace(field, **values) if field.api_name == name else field for field in fields)
    _set_fields(emulator, patch, module, changed)


def _set_fields(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, fields: Iterable[Field]
) -> None:
    modules = emulator.org.metadata.modules
    metadata = modules[module]
    patch.setitem(modules, module, replace(metadata, fields=type(metadata.fields)(fields)))
