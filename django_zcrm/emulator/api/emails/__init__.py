"""Emails of records: sent, received, linked, shared, blocked."""

from __future__ import annotations

from django_zcrm.emulator.api.emails import blocking, downloads, linking, listing, sending, sharing
from django_zcrm.emulator.core.routing import merged

routes = merged(
    blocking.routes,
    downloads.routes,
    linking.routes,
    listing.routes,
    sending.routes,
    sharing.routes,
)
