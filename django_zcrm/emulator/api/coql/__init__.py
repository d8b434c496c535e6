"""COQL, Zoho's query language: parsed, checked and run on an organisation's records."""

from __future__ import annotations

from django_zcrm.emulator.api.coql import operations

routes = operations.routes
