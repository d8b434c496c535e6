"""The metadata part of the CRM API: modules, fields, layouts, custom views, related lists."""

from __future__ import annotations

from django_zcrm.emulator.metadata.operations import routes

__all__ = ["routes"]
