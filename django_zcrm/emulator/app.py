"""The emulator as a WSGI callable, which can serve itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import cache, lru_cache
from itertools import product
from typing import Any

from . import api, control, persistence, seed
from .accounts import consent, endpoints
from .core import Refusal, Request, Response, middleware
from .core.callbacks import is_loopback
from .core.datacenters import Addresses
from .core.errors import invalid_url
from .core.middleware import chain
from .core.options import Options
from .core.published import list_published_routes
from .core.routing import Router
from .core.server import EmulatorServer
from .core.zoho import Zoho
from .guesses import NOTHING, in_force, read_calibration
from .seed import company
from .state import Clock
from .state.ids import Ids
from .ui import browsing, overview

TABLES = (
    endpoints.routes,
    consent.routes,
    *api.TABLES,
    control.routes,
    overview.routes,
    browsing.routes,
)
logger = logging.getLogger(__name__)


class Emulator:
    """One independent Zoho: a thread-safe WSGI callable that keeps its state in ``zoho``.

    ``options`` are the fields of Options by name: ``Emulator(data="empty", limit_credits=True)``.
    ``clock`` replaces the machine's time.
    """

    def __init__(self, *, clock: Clock | None = None, **options: Any) -> None:
        self.options = Options(**options)
        self.router = _router()
        #: The behaviours by guess that differ from the emulator's own choices.
        self.calibration = read_calibration(self.options.calibration or NOTHING)
        #: Counts the requests that may have changed the state.
        self.changes = 0
        self.addresses = Addresses(self.options.codes, self.options.base_url)
        self.zoho = Zoho(
            self.options, clock or Clock(), Ids(self.options.seed), seed_zoho, api.HOOKS
        )
        self._respond = chain(self.zoho, middleware.FOR_ZOHO)
        self._respond_as_emulator = chain(self.zoho, middleware.FOR_EMULATOR)
        self._respond_to_part = chain(self.zoho, middleware.FOR_PART)

    def dump(self) -> str:
        """The state as text, for `load`; it contains tokens."""
        with self.zoho.lock:
            return persistence.dumps(self.zoho)

    def load(self, text: str) -> None:
        """Load a state that `dump` wrote. Raises ValueError for any other text."""
        with self.zoho.lock:
            persistence.loads(self.zoho, text)

    def reset(self) -> None:
        """Back to the beginning: fresh data, no tokens, no faults."""
        with self.zoho.lock:
            self.zoho.reset()

    @contextmanager
    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, data_center: str | None = None
    ) -> Iterator[EmulatorServer]:
        """Serve in a thread while the block runs; the yielded server has its address as ``.url``.

        ``data_center`` is the one that is served there, by default the first.
        """
        with self.listen(host, port, data_center) as running:
            thread = threading.Thread(target=running.serve_forever, args=(0.005,), daemon=True)
            thread.start()
            try:
                yield running
            finally:
                running.shutdown()
                thread.join()

    @contextmanager
    def listen(
        self, host: str, port: int, data_center: str | None = None
    ) -> Iterator[EmulatorServer]:
        """Listen for a data centre while the block runs; the block itself must do the serving."""
        with EmulatorServer(self, host, port) as server:
            port = server.server_address[1]
            if not is_loopback(server.url):
                logger.warning(
                    "%s can be reached from other machines, and the emulator has no "
                    "password: any client there can read and change everything. "
                    "Listen on 127.0.0.1 unless the network is yours alone.",
                    server.url,
                )
            self.addresses.listen(port, data_center or self.options.codes[0])
            try:
                yield server
            finally:
                self.addresses.forget(port)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Respond to one request. Raises ConnectionDropped when a fault demands it."""
        try:
            request = Request.read(environ, self.addresses)
        except Refusal as refusal:
            return refusal.response()(environ, start_response)
        request.perform = self._perform
        is_own = request.path == "/" or request.path.startswith("/emulator/")
        try:
            with in_force(self.calibration):
                request.match = self.router.find(request.method, request.path, request.version)
                response = self._respond_as_emulator(request) if is_own else self._respond(request)
        finally:
            if not (is_own and request.method == "GET"):
                self.changes += 1
        if "Date" not in response.headers:
            response.headers.add("Date", _date(int(self.zoho.clock.time())))
        return response(environ, start_response)

    def _perform(self, request: Request) -> Response:
        """Respond to a part of a composite request."""
        request.match = self.router.find(request.method, request.path, request.version)
        if not request.match.needs_token:
            return invalid_url().response()
        return self._respond_to_part(request)


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


@cache
def _router() -> Router:
    """The router; it never changes, so all emulators of a process share it."""
    return Router(TABLES, list_published_routes())


def seed_zoho(zoho: Zoho) -> None:
    """Create the organisations that the options ask for."""
    for code, environment in product(zoho.options.codes, zoho.options.environments):
        org = company.create_organisation(zoho, environment, data_center=code)
        seed.fill(org, zoho.options)
        zoho.organisations[org.id] = org
