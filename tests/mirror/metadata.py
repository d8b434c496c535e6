"""Fields that an administrator of Zoho's removes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from django_zcrm.testing import SiteEmulator


def without_field(
    emulator: SiteEmulator, patch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    """Let a module have no such field any more."""
    modules = emulator.org.metadata.modules
    metadata = modules[module]
    kept = type(metadata.fields)(field for field in metadata.fields if field.api_name != name)
    patch.setitem(modules, module, replace(metadata, fields=kept))
