"""The network between the simulated site and the emulator: requests are lost, slow or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django_zcrm.emulator import Emulator
from django_zcrm.transport import transport
from django_zcrm.zoho.errors import TransportError
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse, is_file
from django_zcrm.zoho.http.transports.failures import transport_error
from django_zcrm.zoho.http.transports.outgoing import content_of, url_of

from ..wsgi import exchange
from .scheduler import Scheduler

LATENCY = (0.02, 0.05, 0.1, 0.4)
"""Seconds from one end to the other."""


@dataclass(frozen=True)
class NetworkFault:
    """What happens to one request. `is_done` says whether Zoho executes it."""

    name: str
    is_done: bool
    weight: int = 1


FAULTS = (
    NetworkFault("unreachable", False, 2),
    NetworkFault("lost request", False, 3),
    NetworkFault("lost response", True, 6),
    NetworkFault("429", False, 2),
    NetworkFault("500", False),
    NetworkFault("503", False),
    NetworkFault("html", False),
    NetworkFault("html after", True, 2),
    NetworkFault("slow", True, 2),
    NetworkFault("timeout", True),
)

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_BODIES = {
    "429": (429, {"code": "TOO_MANY_REQUESTS", "message": "too many", "status": "error"}),
    "500": (500, {"code": "INTERNAL_ERROR", "message": "error", "status": "error"}),
    "400": (400, {"code": "INVALID_REQUEST", "message": "not supported", "status": "error"}),
    "403": (403, {"code": "NO_PERMISSION", "message": "permission denied", "status": "error"}),
    "503": (503, {"code": "SERVICE_UNAVAILABLE", "message": "away", "status": "error"}),
}


Performed = tuple[float, str, ZohoRequest, int]
"""When Zoho executed a request, the base URL, the request and the status of the response."""

RECORDS = re.compile(r"/crm/v[\d.]+/[A-Z]\w+(/|$)")
READ = re.compile(r"/(coql|deleted|settings/fields)$")
BULK_READ = re.compile(r"/crm/bulk/v[\d.]+/read")

REFUSED: dict[str, tuple[str, Callable[[ZohoRequest], bool]]] = {
    "coql": ("403", lambda request: request.path.endswith("/coql")),
    "bulk reads": ("403", lambda request: bool(BULK_READ.match(request.path))),
    "deletions": ("400", lambda request: request.path.endswith("/deleted")),
    "writes": (
        "403",
        lambda request: request.method != "GET" and bool(RECORDS.match(request.path)),
    ),
    "records": (
        "403",
        lambda request: (
            request.path.endswith("/coql")
            or bool(RECORDS.match(request.path) or BULK_READ.match(request.path))
        ),
    ),
}
"""Calls that Zoho may refuse for a while, by name: the response, and which requests."""


class Network:
    """Sends requests of the site to the emulator. `choose` returns the fault of a request.

    `ended` is called with each request that was sent, and its response; None if there is none.
    `refused` are names of REFUSED, `performed` the requests that Zoho executed, with their times.
    """

    def __init__(self, emulator: Emulator, scheduler: Scheduler) -> None:
        self.emulator, self.scheduler = emulator, scheduler
        self.choose: Callable[[ZohoRequest], NetworkFault | None] = lambda request: None
        self.note: Callable[[str], None] = lambda line: None
        self.ended: Callable[[ZohoRequest, ZohoResponse | None], None] = lambda request, end: None
        self.refused: set[str] = set()
        self.performed: list[Performed] = []
        self.performing: Callable[[ZohoRequest, Callable[[], Any]], Any]
        self.performing = lambda request, perform: perform()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take all requests of this process in the block."""
        attributes: dict[str, Any] = vars(transport())
        attributes["send"] = self.send
        try:
            yield
        finally:
            del attributes["send"]

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Send one request. Raises what a transport raises."""
        try:
            response = self._send(base_url, request, timeout)
        except BaseException as error:
            if not isinstance(error, TransportError) or error.sent:
                self.ended(request, None)
            raise
        self.ended(request, response)
        return response

    def _send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        scheduler = self.scheduler
        scheduler.step()
        chance = scheduler.random
        fault = self.choose(request)
        name = fault.name if fault else ""
        if name == "unreachable":
            self._note(request, name)
            raise transport_error("unreachable", request.operation)
        scheduler.pause(chance.choice(LATENCY))
        scheduler.step()
        if fault is None or fault.is_done:
            response = self._perform(base_url, request)
            self.performed.append((scheduler.now, base_url, request, response.status))
        elif name == "lost request":
            scheduler.pause(1.0)
            self._note(request, name)
            raise transport_error("broken", request.operation)
        else:
            response = _refusal(name, request)
        self._note(request, f"{response.status}{f' ({name})' if name else ''}")
        scheduler.pause(chance.choice(LATENCY))
        if name == "slow":
            scheduler.pause(timeout[1] * 0.8)
        elif name == "timeout":
            scheduler.pause(timeout[1])
            raise transport_error("read_timeout", request.operation)
        scheduler.step()
        if name == "lost response":
            raise transport_error("broken", request.operation)
        if name == "html after":
            return _refusal(name, request)
        return response

    def repeat(self, performed: Iterable[Performed]) -> None:
        """Let Zoho execute requests of another history at the same times, if they change it."""
        for moment, base_url, request, status in performed:
            self.scheduler.pause(moment - self.scheduler.now)
            if READ.search(request.path):
                self.performing(request, lambda: None)
            else:
                self._perform(base_url, request)
            self._note(request, str(status))

    def _perform(self, base_url: str, request: ZohoRequest) -> ZohoResponse:
        for name in sorted(self.refused):
            status, is_concerned = REFUSED[name]
            if is_concerned(request):
                return _refusal(status, request)
        headers, body = content_of(request, "simulation")
        if body is not None and not isinstance(body, bytes):
            body = b"".join(iter(lambda: body.read(1 << 16), b""))  # type: ignore[union-attr]
        url = url_of(base_url, request)
        answer = self.performing(
            request,
            lambda: exchange(self.emulator, request.method, url, headers.items(), body or b""),
        )
        task = self.scheduler.current
        if task is not None and request.path.endswith("/coql") and answer.status == HTTPStatus.OK:
            task.has_read = True
        response = ZohoResponse(
            answer.status,
            Headers(dict(answer.headers)),
            answer.body,
            secrets=request.secrets,
            operation=request.operation,
        )
        if request.stream and is_file(response.status, response.headers):
            response.content = b""
            response.chunks = lambda size: iter([answer.body])
        return response

    def _note(self, request: ZohoRequest, outcome: str) -> None:
        self.note(f"{request.method} {request.path} -> {outcome}")


def _refusal(name: str, request: ZohoRequest) -> ZohoResponse:
    if name in _BODIES:
        status, body = _BODIES[name]
        content, kind = json.dumps(body).encode(), "application/json"
    else:
        status, content, kind = 502, _HTML, "text/html"
    return ZohoResponse(
        status,
        Headers({"Content-Type": kind}),
        content,
        secrets=request.secrets,
        operation=request.operation,
    )
