"""Users of the organisation."""

from __future__ import annotations

from django_zcrm.emulator.api.users import changes, groups, listing, transfer
from django_zcrm.emulator.core.routing import merged

routes = merged(changes.routes, groups.routes, listing.routes, transfer.routes)
