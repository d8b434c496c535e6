"""Fills a new organisation with modules and records.

Knows nothing of requests; the people of the organisation are there already.
"""

from __future__ import annotations

from django_zcrm.emulator.metadata.catalogue import standard_catalogue
from django_zcrm.emulator.records.store import Store
from django_zcrm.emulator.seed import demo
from django_zcrm.emulator.seed.generated import generate
from django_zcrm.emulator.seed.names import CONTACT_ROLES
from django_zcrm.emulator.state import Organisation

__all__ = ["fill", "generate"]

#: Stores already filled, by data set, day and users: a fresh organisation takes a copy, which
#: costs a millisecond where planting costs a hundred.
_planted: dict[tuple[object, ...], Store] = {}


def fill(org: Organisation, data: str) -> None:
    """Give `org` its metadata and records: ``demo`` or ``empty``."""
    org.metadata = standard_catalogue()
    org.records = Store(contact_roles=dict(CONTACT_ROLES))
    if data == "empty":
        return
    today = org.clock.now().date()
    key = (data, today, *((user.id, user.zuid) for user in org.users.values()))
    if key not in _planted:
        demo.plant(org, today)
        _planted.clear()
        _planted[key] = org.records
    org.records = _planted[key].copy()
