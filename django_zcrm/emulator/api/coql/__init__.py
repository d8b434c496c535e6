"""COQL, Zoho's query language: parsed, checked and run on an organisation's records."""

from __future__ import annotations

from . import operations

routes = operations.routes
