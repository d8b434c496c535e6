"""Fields of modules."""

from __future__ import annotations

from ...core import merge_routes
from . import changes, listing

routes = merge_routes(changes.routes, listing.routes)
