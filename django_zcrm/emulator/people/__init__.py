"""The organisation and its people: org, users, roles, profiles."""

from __future__ import annotations

from django_zcrm.emulator.people.api import routes
from django_zcrm.emulator.people.founding import COMPANY, engage, found_organisation

__all__ = ["COMPANY", "engage", "found_organisation", "routes"]
