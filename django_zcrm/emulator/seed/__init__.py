"""Fills a new organisation with modules and records.

Knows nothing about requests; the organisation already has its users.
"""

from __future__ import annotations

from pathlib import Path

from django_zcrm.emulator.metadata import importing
from django_zcrm.emulator.metadata.catalogue import standard_catalogue
from django_zcrm.emulator.options import Options
from django_zcrm.emulator.records.store import Store
from django_zcrm.emulator.seed import demo
from django_zcrm.emulator.seed.generated import generate, generate_all
from django_zcrm.emulator.seed.names import CONTACT_ROLES
from django_zcrm.emulator.state import Organisation

__all__ = ["fill", "generate"]

MOST_PLANTED = 8

#: Stores filled before, by day and users: a fresh organisation gets a copy, which takes a
#: millisecond where planting takes a hundred.
_planted: dict[tuple[object, ...], Store] = {}


def fill(org: Organisation, options: Options) -> None:
    """Give `org` its metadata and records. Raises ValueError for invalid options."""
    org.metadata = standard_catalogue()
    org.records = Store(contact_roles=dict(CONTACT_ROLES))
    if options.metadata is not None:
        importing.import_metadata(
            org.metadata, Path(options.metadata), keep_custom=options.data == "demo"
        )
    if options.data == "demo":
        _plant(org)
    if options.records:
        generate_all(org, options.records)


def _plant(org: Organisation) -> None:
    today = org.clock.now().date()
    key = (today, *((user.id, user.zuid) for user in org.users.values()))
    if key not in _planted:
        demo.plant(org, today)
        if len(_planted) >= MOST_PLANTED:
            _planted.clear()
        _planted[key] = org.records
    org.records = _planted[key].copy()
