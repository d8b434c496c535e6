"""Records of modules: read, searched, written, deleted, copied, merged, tagged and handed over."""

from __future__ import annotations

from ...core import merge_routes
from . import (
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

routes = merge_routes(
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
