"""Finds the handler of a request by literal path segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

from .scopes import fill
from .versions import dialect

Handler = Callable[..., Any]
HandlerType = TypeVar("HandlerType", bound=Handler)


class Decorator(Protocol):
    """Registers a handler and returns it unchanged."""

    def __call__(self, handler: HandlerType) -> HandlerType: ...


LOWEST, HIGHEST = 2.0, 8.0
#: The last part of a scope by HTTP method.
SCOPE_VERBS = {
    "GET": "READ",
    "POST": "CREATE",
    "PUT": "UPDATE",
    "PATCH": "UPDATE",
    "DELETE": "DELETE",
}


@dataclass(frozen=True)
class Route:
    """One operation: its method and path, the scope it requires, its handler.

    ``scopes``: any one of them suffices; none means that no scope is needed. ``is_open`` routes
    need no access token, and their handlers get the Zoho instead of an Organisation. ``is_generic``
    routes serve a declaration: see ``coverage``.
    """

    method: str
    path: str
    handler: Handler | None
    scopes: tuple[str, ...] = ()
    versions: tuple[float, float] = (LOWEST, HIGHEST)
    is_open: bool = False
    is_generic: bool = False

    @cached_property
    def segments(self) -> list[str]:
        """The path's parts, placeholders in braces."""
        return self.path.strip("/").split("/")

    @cached_property
    def placeholders(self) -> list[tuple[int, str]]:
        """Index and name of the segments whose values are passed to the handler."""
        return [
            (index, segment[1:-1])
            for index, segment in enumerate(self.segments)
            if segment.startswith("{") and segment != "{version}"
        ]

    @cached_property
    def is_versioned(self) -> bool:
        """Whether the path has an API version, which must then support the route."""
        return "{version}" in self.segments

    def has_version(self, version: float) -> bool:
        """Return whether an API version has this operation; true for paths without version."""
        return not self.is_versioned or self.versions[0] <= version <= self.versions[1]

    @cached_property
    def shape(self) -> str:
        """The path with nameless placeholders: ``/crm/{}/{}``."""
        return "/" + "/".join("{}" if part.startswith("{") else part for part in self.segments)


class Routes:
    """The routes of one resource: ``routes = Routes()`` at the top of a module of ``api``.

    ``scope`` and ``versions`` are those of routes that name no others. The HTTP method of a route
    determines the last part of the scope: READ, CREATE, UPDATE or DELETE.
    """

    def __init__(
        self,
        *,
        scope: str | Sequence[str] = (),
        versions: tuple[float, float] = (LOWEST, HIGHEST),
        generic: bool = False,
    ) -> None:
        self.table: list[Route] = []
        self._scopes = (scope,) if isinstance(scope, str) else tuple(scope)
        self._versions = versions
        self._generic = generic

    def route(
        self,
        method: str,
        path: str,
        *,
        scope: str | Sequence[str] | None = None,
        versions: tuple[float, float] | None = None,
        generic: bool = False,
    ) -> Decorator:
        """Register a handler ``(org, request, **placeholders)``.

        ``path`` is like ``/crm/{version}/{module}/{id}``; every placeholder but ``version`` is
        passed by name. ``scope`` may hold ``{module}``; of several scopes one suffices.
        ``versions`` is the lowest and the highest API version that has the operation.
        """
        if scope is None:
            scope = [f"{group}.{SCOPE_VERBS[method]}" for group in self._scopes]
        scopes = (scope,) if isinstance(scope, str) else tuple(scope)
        generic = generic or self._generic
        versions = versions or self._versions
        return self._register(Route(method, path, None, scopes, versions, is_generic=generic))

    def open(self, method: str, path: str) -> Decorator:
        """Register a handler ``(zoho, request, **placeholders)`` that needs no access token."""
        return self._register(Route(method, path, None, is_open=True))

    def _register(self, route: Route) -> Decorator:
        def decorate(handler: HandlerType) -> HandlerType:
            self.table.append(replace(route, handler=handler))
            return handler

        return decorate


def merge_routes(*tables: Routes) -> Routes:
    """The routes of several modules as one table."""
    routes = Routes()
    for table in tables:
        routes.table.extend(table.table)
    return routes


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    placeholder: _Node | None = None
    routes: dict[str, list[Route]] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """The match of a request: a route with its placeholders, or only a known path."""

    route: Route | None = None
    placeholders: dict[str, str] = field(default_factory=dict)
    path_is_known: bool = False

    @property
    def needs_token(self) -> bool:
        """Whether the request must have an access token."""
        return self.route is not None and not self.route.is_open

    @property
    def scopes(self) -> list[str]:
        """The scopes of the route for these placeholders; one of them is enough."""
        route_scopes = self.route.scopes if self.route else ()
        return [fill(scope, self.placeholders) for scope in route_scopes]


def _make_match(route: Route, segments: list[str]) -> Match:
    placeholders = {name: segments[index] for index, name in route.placeholders}
    return Match(route, placeholders, path_is_known=True)


class Router:
    """All route tables as one tree.

    Literal segments win over placeholders. A literal in lower case or with a leading underscore
    (``settings``, ``actions``, ``__timeline``) is a keyword of the API, never a module or an id. A
    literal module name (``Leads``, ``Notes``) matches the placeholder if it has no route.
    ``published`` routes have no handler: they match only where no handled route does.
    """

    def __init__(self, tables: Iterable[Routes], published: Iterable[Route] = ()) -> None:
        self._root = _Node()
        self.routes: list[Route] = [route for table in tables for route in table.table]
        # In versions before its first, an emulated operation is an unknown path, not a 501.
        handled = {(route.method, route.shape) for route in self.routes}
        for route in self.routes:
            self._add(route)
        self._modules = {
            part for route in self.routes for part in route.segments[2:3] if part.istitle()
        }
        for route in published:
            if (route.method, route.shape) not in handled:
                self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.segments:
            if segment.startswith("{"):
                node.placeholder = node.placeholder or _Node()
                node = node.placeholder
            else:
                node = node.literals.setdefault(segment, _Node())
        node.routes.setdefault(route.method, []).append(route)

    def find(self, method: str, path: str, version: float = 0) -> Match:
        """The route for a request; ``version`` is 0 when the path names no known one."""
        segments = path.strip("/").split("/")
        if version and dialect(version).ignores_case_of_modules:
            segments = self._spell_module(segments)
        published = None
        for node in self._nodes(segments):
            for route in node.routes.get(method, ()):
                if not route.has_version(version):
                    continue
                if route.handler is not None:
                    return _make_match(route, segments)
                published = published or route
        if published is not None:
            return _make_match(published, segments)
        others = (
            route
            for node in self._nodes(segments)
            for routes in node.routes.values()
            for route in routes
        )
        return Match(path_is_known=any(route.has_version(version) for route in others))

    def _spell_module(self, segments: list[str]) -> list[str]:
        """Spell the module in `/crm/{version}/{module}` as in its own routes, if it has any."""
        if len(segments) < 3 or segments[0] != "crm":
            return segments
        word = segments[2].title()
        return [*segments[:2], word if word in self._modules else segments[2], *segments[3:]]

    def _nodes(self, segments: list[str]) -> Iterator[_Node]:
        """Yield the final nodes of all matches of a path in the tree, the best one first."""
        stack = [(self._root, 0)]
        while stack:
            node, depth = stack.pop()
            if depth == len(segments):
                if node.routes:
                    yield node
                continue
            segment = segments[depth]
            literal = node.literals.get(segment)
            is_keyword = literal is not None and not segment[:1].isupper()
            if node.placeholder is not None and segment and not is_keyword:
                stack.append((node.placeholder, depth + 1))
            if literal is not None:
                stack.append((literal, depth + 1))
