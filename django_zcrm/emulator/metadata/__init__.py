"""The metadata part of the CRM API: modules, fields, layouts, custom views, related lists."""

from __future__ import annotations

from django_zcrm.emulator.metadata import field_changes, module_changes, operations
from django_zcrm.emulator.metadata.operations import routes

__all__ = ["field_changes", "module_changes", "operations", "routes"]
