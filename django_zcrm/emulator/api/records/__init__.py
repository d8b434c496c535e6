"""Records of modules: read, searched, written, deleted, copied, merged, tagged and handed over."""

from __future__ import annotations

from django_zcrm.emulator.api.records import (
    cadences,
    copying,
    deleting,
    listing,
    merging,
    owners,
    scoring,
    search,
    tags,
    territories,
    writing,
)
from django_zcrm.emulator.core.routing import merged

routes = merged(
    cadences.routes,
    copying.routes,
    deleting.routes,
    listing.routes,
    merging.routes,
    owners.routes,
    scoring.routes,
    search.routes,
    tags.routes,
    territories.routes,
    writing.routes,
)
