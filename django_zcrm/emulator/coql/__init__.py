"""COQL, Zoho's query language: read, checked and run on the records of an organisation."""

from __future__ import annotations

from django_zcrm.emulator.coql.operations import routes

__all__ = ["routes"]
