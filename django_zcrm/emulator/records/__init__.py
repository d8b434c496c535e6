"""The records part of the CRM API."""

from __future__ import annotations

from django_zcrm.emulator.router import Routes

routes = Routes()
