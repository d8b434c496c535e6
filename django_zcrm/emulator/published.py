"""The operations that Zoho publishes, as facts: method and path.

Knows none of their behaviour; ``published.txt`` beside this file holds one path a line.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django_zcrm.emulator.router import Route


@cache
def published_operations() -> tuple[Route, ...]:
    """Every published operation as a route without a handler."""
    lines = files(__package__).joinpath("published.txt").read_text("utf-8").splitlines()
    return tuple(
        Route(method, path, None) for path, *methods in map(str.split, lines) for method in methods
    )


@cache
def published_routes() -> tuple[Route, ...]:
    """Those that requests may lead to; the download at any URL would take in every path."""
    return tuple(route for route in published_operations() if route.path.startswith("/crm/"))
