"""The emulator as a WSGI callable: parses, routes, authenticates, answers.

Knows no operation of Zoho's; the tables of the other modules do.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django_zcrm.emulator import metadata, records, scopes, seed
from django_zcrm.emulator.answers import Answer, as_answer
from django_zcrm.emulator.call import VERSIONS, Call, Headers
from django_zcrm.emulator.clock import Clock
from django_zcrm.emulator.ids import Ids
from django_zcrm.emulator.problems import Problem, invalid_url
from django_zcrm.emulator.router import Route, Router
from django_zcrm.emulator.state import AccessToken, Organisation, World

TABLES = (records.routes, metadata.routes)


class Emulator:
    """A Zoho of its own: WSGI callable, thread-safe, state in ``world``.

    ``data`` is ``demo`` or ``empty``; ``seed_ids`` makes ids and tokens repeat; ``base_url`` is
    what token answers name as ``api_domain`` (default: the Host that was asked).
    """

    def __init__(self, data: str = "demo", *, clock: Clock | None = None,
                 seed_ids: int | None = None, base_url: str | None = None) -> None:
        self.data = data
        self.base_url = base_url
        self._lock = threading.RLock()
        self._router = Router(TABLES)
        self.world = World(clock or Clock(), Ids(seed_ids))
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: fresh data, no tokens."""
        with self._lock:
            world = self.world
            world.organisations.clear()
            org = Organisation(world.ids.next(), "Zylker", world.clock, world.ids)
            seed.fill(org, self.data)
            world.organisations[org.id] = org

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._answer(_read(environ, self.base_url))
        status, headers, body = answer.encoded()
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return body

    def _answer(self, call: Call) -> Answer:
        try:
            with self._lock:
                return as_answer(self._dispatch(call))
        except Problem as problem:
            return problem.answer()

    def _dispatch(self, call: Call) -> Any:
        match = self._router.find(call.method, call.path, call.version)
        if match.route is None:
            raise invalid_url()
        org = self._authenticate(call, match.route, match.placeholders)
        assert match.route.handler is not None
        return match.route.handler(org, call, **match.placeholders)

    def _authenticate(self, call: Call, route: Route, names: dict[str, str]) -> Organisation:
        org = next(iter(self.world.organisations.values()))
        call.user = next(iter(org.users.values()))
        call.token = AccessToken("x", (), call.user.email, org.id, 0)
        return org


def _read(environ: dict[str, Any], base_url: str | None) -> Call:
    headers = Headers(
        (key[5:].replace("_", "-"), value) for key, value in environ.items()
        if key.startswith("HTTP_"))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    path = environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace")
    call = Call(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body,
                base_url or f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")
    segments = path.split("/")
    call.version = next((VERSIONS[s] for s in segments[2:4] if s in VERSIONS), 0)
    return call
