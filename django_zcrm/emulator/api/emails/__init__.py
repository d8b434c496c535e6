"""Emails of records: sent, received, linked, shared, blocked."""

from __future__ import annotations

from ...core import merge_routes
from . import blocking, downloads, linking, listing, sending, sharing

routes = merge_routes(
    blocking.routes,
    downloads.routes,
    linking.routes,
    listing.routes,
    sending.routes,
    sharing.routes,
)
