"""The connections that are usable with these settings."""

from __future__ import annotations

from django.db.models import Q

from ..conf import get_settings
from ..models import Connection, ConnectionQuerySet


def connections_here() -> ConnectionQuerySet:
    """Return the connections that are usable with these settings."""
    return Connection.objects.filter(is_usable_here())


def is_usable_here(path: str = "") -> Q:
    """Return the `Q` for rows whose connection, at a path such as "connection__", is usable.

    So a copy of the live site, configured for the sandbox, does not use live connections.
    """
    config = get_settings()
    columns = {
        "state": Connection.State.CONNECTED,
        "client_id": config.client_id,
        "environment": config.environment,
    }
    return Q(**{f"{path}{name}": value for name, value in columns.items()})
