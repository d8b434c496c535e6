"""Metadata: modules, fields, layouts, custom views and related lists."""

from __future__ import annotations

from django_zcrm.emulator.metadata import field_changes, module_changes, operations
from django_zcrm.emulator.metadata.operations import routes

__all__ = ["field_changes", "module_changes", "operations", "routes"]
