"""The operations that Zoho publishes: method and path only.

``published.txt`` beside this file holds one path per line.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django_zcrm.emulator.core.routing import Route


@cache
def published_operations() -> tuple[Route, ...]:
    """Every published operation as a route without a handler."""
    lines = files(__package__).joinpath("published.txt").read_text("utf-8").splitlines()
    return tuple(
        Route(method, path, None) for path, *methods in map(str.split, lines) for method in methods
    )


@cache
def published_routes() -> tuple[Route, ...]:
    """Those that requests can be routed to; "download at any URL" would match every path."""
    return tuple(route for route in published_operations() if route.path.startswith("/crm/"))
