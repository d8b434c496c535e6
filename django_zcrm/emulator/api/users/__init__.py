"""Users of the organisation."""

from __future__ import annotations

from ...core import merge_routes
from . import changes, groups, listing, transfer

routes = merge_routes(changes.routes, groups.routes, listing.routes, transfer.routes)
