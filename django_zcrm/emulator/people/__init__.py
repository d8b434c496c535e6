"""The organisation and its users: org, users, roles, profiles, currencies, territories.

Importing the package registers its operations, some of them with the routes of settings.
"""

from __future__ import annotations

from django_zcrm.emulator.people import (
    currencies,
    photo,
    profiles,
    roles,
    territories,
    territory_users,
    transfer,
    users,
)
from django_zcrm.emulator.people.api import routes
from django_zcrm.emulator.people.founding import COMPANY, engage, found_organisation

__all__ = [
    "COMPANY",
    "currencies",
    "engage",
    "found_organisation",
    "photo",
    "profiles",
    "roles",
    "routes",
    "territories",
    "territory_users",
    "transfer",
    "users",
]
