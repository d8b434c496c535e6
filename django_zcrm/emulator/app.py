"""The emulator as a WSGI callable: parses, routes, authorises, responds."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from django_zcrm.emulator import api, control, persistence, seed
from django_zcrm.emulator.accounts import consent, endpoints
from django_zcrm.emulator.api.notifications import callbacks
from django_zcrm.emulator.core import scopes
from django_zcrm.emulator.core.callbacks import is_loopback
from django_zcrm.emulator.core.datacenters import Addresses
from django_zcrm.emulator.core.errors import Problem, invalid_url
from django_zcrm.emulator.core.faults import ConnectionDropped, Fault
from django_zcrm.emulator.core.options import Options
from django_zcrm.emulator.core.published import published_routes
from django_zcrm.emulator.core.request import Call, Headers
from django_zcrm.emulator.core.request_log import Received
from django_zcrm.emulator.core.response import Answer, as_answer
from django_zcrm.emulator.core.routing import Match, Route, Router
from django_zcrm.emulator.core.server import EmulatorServer
from django_zcrm.emulator.core.sources import check_source
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.engine import bulk_jobs
from django_zcrm.emulator.seed import company
from django_zcrm.emulator.state.clock import Clock
from django_zcrm.emulator.state.ids import Ids
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.ui import browsing, overview

TABLES = (
    endpoints.routes,
    consent.routes,
    *api.TABLES,
    control.routes,
    overview.routes,
    browsing.routes,
)
logger = logging.getLogger(__name__)
PHRASES = {status.value: status.phrase for status in HTTPStatus}
LAST_ON_ANY_HOST = 2.0
"""The last version that also answers on hosts other than the API's (docs v2.1 change log)."""
LARGEST_BODY = 100 * 1024 * 1024
"""Bytes; above it Zoho answers 413 BODY_SIZE_REACHED."""


class Emulator:
    """One independent Zoho: a thread-safe WSGI callable that keeps its state in ``world``.

    ``options`` are the fields of Options by name: ``Emulator(data="empty", limit_credits=True)``.
    ``clock`` replaces the machine's time.
    """

    def __init__(self, *, clock: Clock | None = None, **options: Any) -> None:
        self.options = Options(**options)
        self._lock = threading.RLock()
        self._router = _router()
        #: Counts the calls that may have changed the state.
        self.changes = 0
        self.addresses = Addresses(self.options.codes, self.options.base_url)
        own_url = urlsplit(self.options.base_url or "")
        self._allowed_hosts = {
            name.lower() for name in (*self.options.allowed_hosts, own_url.hostname) if name
        }
        self.world = World(self.options, clock or Clock(), Ids(self.options.seed), seed_world)

    @property
    def router(self) -> Router:
        """The routes of all operations that are emulated or published."""
        return self._router

    def dump(self) -> str:
        """The state as text, for `load`; it holds tokens."""
        with self._lock:
            return persistence.dumps(self.world)

    def load(self, text: str) -> None:
        """Take over a state that `dump` wrote. Raises ValueError for any other text."""
        with self._lock:
            persistence.loads(self.world, text)

    def reset(self) -> None:
        """Back to the beginning: fresh data, no tokens, no faults."""
        with self._lock:
            self.world.reset()

    @contextmanager
    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, data_center: str | None = None
    ) -> Iterator[EmulatorServer]:
        """Serve in a thread while the block runs; the yielded server has its address as ``.url``.

        ``data_center`` is the one that answers there, by default the first.
        """
        with self.listening(host, port, data_center) as running:
            thread = threading.Thread(target=running.serve_forever, args=(0.005,), daemon=True)
            thread.start()
            try:
                yield running
            finally:
                running.shutdown()
                thread.join()

    @contextmanager
    def listening(
        self, host: str, port: int, data_center: str | None = None
    ) -> Iterator[EmulatorServer]:
        """Listen for a data centre while the block runs; the block itself must do the serving."""
        with EmulatorServer(self, host, port) as server:
            port = server.server_address[1]
            if not is_loopback(server.url):
                logger.warning(
                    "%s can be reached from other machines, and the emulator asks nobody for a "
                    "password: whoever reaches it reads and changes everything in it. "
                    "Listen on 127.0.0.1 unless the network is yours alone.",
                    server.url,
                )
            self.addresses.listen(port, data_center or self.options.codes[0])
            try:
                yield server
            finally:
                self.addresses.forget(port)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request. Raises ConnectionDropped when a fault demands it."""
        status, headers, body = self._answered(environ).encoded()
        start_response(f"{status} {PHRASES.get(status, 'Unknown')}", headers)
        return body

    def _answered(self, environ: dict[str, Any]) -> Answer:
        try:
            call = _read(environ, self.addresses)
            if _is_own(call.path) and not call.arrival.by_host:
                check_source(call.headers, self._allowed_hosts)
        except Problem as problem:
            return problem.answer()
        started, at = time.perf_counter(), self.world.clock.now()
        clearings = self.world.log.clearings
        status = 0
        try:
            answer = self._answer(call)
            status = answer.status
            return answer
        finally:
            if call.method != "GET" or not _is_own(call.path):
                self.changes += 1
            if not _is_own(call.path):
                took = (time.perf_counter() - started) * 1000
                self.world.log.add(Received(call, at, status, took), clearings)

    def _answer(self, call: Call) -> Answer:
        match = self._router.find(call.method, call.path, call.version)
        faults = [] if _is_own(call.path) else self.world.faults.take(call, match.route)
        if any(fault.drop == "before" for fault in faults):
            raise ConnectionDropped
        if call.bearer and any(fault.expire_token for fault in faults):
            self.world.books.expire(call.bearer)
        try:
            answer = self._admit(call, match, faults)
        except Problem as problem:
            answer = problem.answer()
        except Exception:
            # A bug in the emulator: shown on stderr, answered as Zoho would answer its own.
            traceback.print_exc()
            answer = Problem("INTERNAL_ERROR", "Internal Server Error", 500).answer()
        if any(fault.drop == "after" for fault in faults):
            raise ConnectionDropped
        return answer

    def _admit(self, call: Call, match: Match, faults: list[Fault]) -> Answer:
        """Authenticate and authorise the caller, then run the handler."""
        route = match.route
        if route is None or route.is_open:
            return self._work(self.world, call, match, faults)
        if call.version > LAST_ON_ANY_HOST and call.arrival.is_no_api:
            raise Problem("INVALID_HOST", "the host of the request is not the API's")
        with self._lock:
            org = self._authenticate(call, route, match.placeholders)
            bulk_jobs.run_due_jobs(org)
        with self.world.limits.counted(org, route, call) as headers:
            try:
                answer = self._work(org, call, match, faults)
            except Problem as problem:
                answer = problem.answer()
        self._call_back(org, call.base_url)
        answer.headers.update(headers)
        return answer

    def _call_back(self, org: Organisation, base_url: str) -> None:
        """Post the callbacks a call caused, and finish jobs that nobody may ever poll."""
        with self._lock:
            for callback in callbacks.take_callbacks(org, base_url):
                self.world.callbacks.post(callback.url, callback.body)
            for url, body in bulk_jobs.take_callbacks(org):
                self.world.callbacks.post(url, body)
            for seconds in bulk_jobs.unattended(org):
                self.world.callbacks.run(lambda: self._settle(org, base_url), after=seconds)

    def _settle(self, org: Organisation, base_url: str) -> None:
        with self._lock:
            if self.world.organisations.get(org.id) is not org:
                return  # there was a reset in the meantime
            bulk_jobs.run_due_jobs(org)
        self._call_back(org, base_url)

    def _work(
        self, owner: Organisation | World, call: Call, match: Match, faults: list[Fault]
    ) -> Answer:
        delay = sum(fault.delay_ms for fault in faults)
        if delay:
            time.sleep(delay / 1000)
        for fault in faults:
            instead = fault.answer()
            if instead is not None:
                return instead
        withheld = next(filter(None, (fault.withhold_item(call) for fault in faults)), None)
        if withheld and not withheld.left:
            return withheld.alone(call.version)
        with self._lock:
            answer = as_answer(self._handle(owner, call, match))
            if withheld:
                answer = withheld.put_back(answer, call.version)
            return answer.settle()

    def _handle(self, owner: Organisation | World, call: Call, match: Match) -> Any:
        route = match.route
        if route is None:
            if not match.path_is_known:
                raise invalid_url()
            raise Problem(
                "INVALID_REQUEST_METHOD", "The http request method type is not a valid one"
            )
        if route.handler is None:
            operation = f"{route.method} {route.path}"
            raise Problem(
                "NOT_EMULATED",
                f"Zoho publishes {operation}, the emulator has no behaviour for it yet",
                501,
                {"operation": operation},
            )
        return route.handler(owner, call, **match.placeholders)

    def _perform(self, call: Call) -> Answer:
        """Answer one part of a composite request; the scopes it needs are checked too."""
        match = self._router.find(call.method, call.path, call.version)
        try:
            if match.route is None or match.route.is_open:
                raise invalid_url()
            org = self._authenticate(call, match.route, match.placeholders)
            return as_answer(self._handle(org, call, match))
        except Problem as problem:
            return problem.answer()

    def _authenticate(self, call: Call, route: Route, placeholders: dict[str, str]) -> Organisation:
        """Return the organisation that the access token is for; sets call.user and call.token.

        Raises Problem for no token, a dead one, or one without the route's scope.
        """
        if call.bearer is None:
            raise Problem("AUTHENTICATION_FAILURE", "Authentication failed", 401)
        token = self.world.books.access_tokens.get(call.bearer)
        if token is not None and token.evicted:
            raise Problem("INVALID_OAUTHTOKEN", "invalid oauth token", 401)
        org = None if token is None else self.world.organisations.get(token.consent.org_id)
        user = None if token is None or org is None else org.user_by_email(token.consent.email)
        if (
            token is None
            or org is None
            or user is None
            or not self.world.books.is_live(token)
            or not token.consent.is_good_at(call.arrival.data_center)
            or call.arrival.environment not in (None, org.environment)
        ):
            raise Problem("INVALID_TOKEN", "invalid oauth token", 401)
        call.token, call.user, call.perform = token, user, self._perform
        needed = [scopes.fill(scope, placeholders) for scope in route.scopes]
        if needed and not any(scopes.covers(token.scopes, scope) for scope in needed):
            raise Problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
        return org


@cache
def _router() -> Router:
    """The router; it never changes, so all emulators of a process share it."""
    return Router(TABLES, published_routes())


def seed_world(world: World) -> None:
    """Create the organisations that the options ask for."""
    for code, environment in product(world.options.codes, world.options.environments):
        org = company.create_organisation(world, environment, data_center=code)
        seed.fill(org, world.options)
        world.organisations[org.id] = org


def _read(environ: dict[str, Any], addresses: Addresses) -> Call:
    """Read the request from a WSGI environ. Raises Problem when its body is too large."""
    headers = Headers(
        [
            (name[5:].replace("_", "-"), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        + [
            (name.replace("_", "-"), environ[name])
            for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
            if environ.get(name)
        ]
    )
    path = environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace")
    arrival, path = addresses.arrival(environ, path)
    return Call(
        environ["REQUEST_METHOD"],
        path,
        environ.get("QUERY_STRING", ""),
        headers,
        _read_body(environ),
        arrival=arrival,
    )


def _read_body(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read(LARGEST_BODY + 1)
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = stream.read(min(length, LARGEST_BODY + 1)) if length else b""
    if len(body) > LARGEST_BODY:
        raise Problem("BODY_SIZE_REACHED", "the request body is too large", 413)
    return bytes(body)


def _is_own(path: str) -> bool:
    """Whether a path is the emulator's own: never logged, never hit by faults."""
    return path == "/" or path.startswith("/emulator/")
