"""The operations that Zoho publishes: method and path only.

`published.txt` next to this file contains those of Zoho's descriptions, one path per line. Its SDKs
have more: `sdk_operations.txt`, with the first and the last API version that has each.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from .routing import Route

_GRAPHQL = Route("POST", "/crm/graphql", None, scopes=("ZohoCRM.graphql.READ",))


def _lines(name: str) -> list[list[str]]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [line.split() for line in text.splitlines()]


@cache
def load_published_operations() -> tuple[Route, ...]:
    """Every operation of Zoho's descriptions as a route without a handler."""
    return tuple(
        Route(method, path, None)
        for path, *methods in _lines("published.txt")
        for method in methods
    )


@cache
def load_sdk_operations() -> tuple[Route, ...]:
    """Every operation that only Zoho's SDKs have, as a route without a handler."""
    return tuple(
        Route(method, path, None, versions=(float(first), float(last)))
        for path, span, *methods in _lines("sdk_operations.txt")
        for first, last in [span.split("-")]
        for method in methods
    )


@cache
def list_published_routes() -> tuple[Route, ...]:
    """The published routes, without "download at any URL", which would match every path."""
    published = tuple(
        route for route in load_published_operations() if route.path.startswith("/crm/")
    )
    return (*published, *load_sdk_operations(), _GRAPHQL)
