"""Fields of modules."""

from __future__ import annotations

from django_zcrm.emulator.api.fields import changes, listing
from django_zcrm.emulator.core.routing import merged

routes = merged(changes.routes, listing.routes)
