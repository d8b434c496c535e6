"""Sends over HTTP with urllib3: one pool of connections per process and host.

It keeps no state between calls. It uses no cookies and no .netrc, and follows no redirect that
would send the token to another host.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import pool_classes_by_scheme
from urllib3.util import parse_url

from ...errors import UnreadableResponse
from ..datacenters import origin
from ..messages import (
    ZohoRequest,
    ZohoResponse,
    is_asked_encoding,
    is_file,
    odd_encoding,
    too_large,
)
from .deadlines import replies_at_once, with_deadlines
from .failures import at_address, failure, unsent, without_frames
from .outgoing import (
    POOL_SIZE,
    Body,
    content_of,
    tls_context,
    url_of,
)

if TYPE_CHECKING:
    import requests

CHUNK = 64 * 1024
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_RETRIES = Retry(False)
_POOLS = with_deadlines(pool_classes_by_scheme)


class Sender(Protocol):
    """Sends to one host."""

    def send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Body,
        timeout: tuple[float, float],
        operation: str,
    ) -> BaseHTTPResponse:
        """Send one request, and return the reply before its body is read."""
        ...

    def close(self) -> None:
        """Close the connections that are not in use."""
        ...


class _Pool:
    """Sends over direct connections to one host, without a proxy."""

    def __init__(self, base_url: str) -> None:
        """Open no connection yet. Raises HTTPError or ValueError for an invalid base URL."""
        url = parse_url(base_url)
        if url.scheme not in _POOLS or not url.host:
            raise ValueError("That is not a base URL")
        # The path of a URL begins here.
        self._start = len(base_url) - len(url.path or "")
        tls = {"ssl_context": tls_context()} if url.scheme == "https" else {}
        self._pool = _POOLS[url.scheme](url.host, url.port, maxsize=POOL_SIZE, **tls)

    def send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Body,
        timeout: tuple[float, float],
        operation: str,
    ) -> BaseHTTPResponse:
        """Send one request, and return the reply before its body is read."""
        connect, read = timeout
        reply: BaseHTTPResponse = self._pool.urlopen(
            method,
            url[self._start :],
            body,
            headers,
            _NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=connect, read=read),
            preload_content=False,
        )
        return reply

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._pool.close()


class RequestsTransport:
    """The default transport. Connections are opened on first use and again after a fork.

    A session of requests sends to hosts for which the environment names a proxy. The same applies
    after a call of `session`, for example to mount an adapter. `overrides` has senders that replace
    connections, by base URL; tests put theirs there.
    """

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self.overrides: dict[str, Sender] = {}
        self._senders: dict[tuple[int, str], Sender] = {}

    def session(self, base_url: str) -> requests.Session:
        """Return a session that sends all further calls to a host.

        Tests mount adapters on it.
        """
        from .sessions import SessionSender, open_session  # it loads requests

        sender = self._senders.get(key := (os.getpid(), base_url))
        if not isinstance(sender, SessionSender):
            session = open_session(base_url)
            sender = self._senders[key] = SessionSender(session)
        return sender.session

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        for key, sender in list(self._senders.items()):
            if isinstance(sender, _Pool):
                del self._senders[key]  # they cannot be opened again
            sender.close()

    def _sender(self, base_url: str) -> Sender:
        """Return the sender for a host.

        Each process has its own sender: after a fork, an older one would share sockets with the
        parent.
        """
        if (override := self.overrides.get(base_url)) is not None:
            return override
        # No lock, as a fork could copy it while held. If two are made at once, one is kept.
        key = (os.getpid(), base_url)
        return self._senders.get(key) or self._senders.setdefault(key, self._open(base_url))

    def _open(self, base_url: str) -> Sender:
        # The environment is read once for each host: for every call it would cost more than the
        # rest of the call.
        if getproxies():
            from .sessions import SessionSender, open_session  # it loads requests

            session = open_session(base_url)
            if session.proxies:
                return SessionSender(session)
        return _Pool(base_url)

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Send one request; follow redirects only within the same host, and only for GET.

        The whole reply has to come within the read timeout, unless it is a file to be streamed.

        Raises Unreachable, TimedOut and TransportError when no reply came, and UnreadableResponse
        for a redirect that is not followed.
        """
        url = url_of(base_url, request)
        connect, read = timeout
        deadline = time.monotonic() + connect + read
        with replies_at_once():
            for _ in range(MAX_REDIRECTS + 1):
                reply = self._send_once(base_url, url, request, (connect, read))
                if reply.status not in _REDIRECTS:
                    return _response(reply, request)
                next(_chunks(reply, request, CHUNK), b"")  # a short body frees the connection
                _close(reply)
                url = _follow_redirect(url, reply, request)
                read = max(min(read, deadline - time.monotonic()), 0.001)
        raise UnreadableResponse(
            "Zoho's responses redirect in a loop", 302, operation=request.operation
        )

    def _send_once(
        self, base_url: str, url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> BaseHTTPResponse:
        # Headers and body are kept out of this frame's variables, which error pages show.
        try:
            sender = self._sender(base_url)
        except (HTTPError, ValueError) as error:
            raise unsent(error, request.operation) from None
        failed: BaseException
        try:
            return sender.send(
                request.method,
                url,
                *content_of(request, self.user_agent),
                timeout,
                request.operation,
            )
        except (HTTPError, OSError, ValueError) as error:
            failed = failure(error, request.operation)
        except BaseException as error:  # such as a worker's time limit
            failed = without_frames(error)
        at_address(failed, base_url)
        try:
            raise failed
        finally:
            del failed  # a cycle of error and frame is freed late


def _follow_redirect(url: str, reply: BaseHTTPResponse, request: ZohoRequest) -> str:
    location = reply.headers.get("Location", "")
    with suppress(ValueError):
        target = urljoin(url, location)
        if location and origin(target) == origin(url) and request.method in {"GET", "HEAD"}:
            # The host may be written in another form.
            return urlsplit(target)._replace(netloc=urlsplit(url).netloc, fragment="").geturl()
    raise UnreadableResponse(
        "Zoho sent a redirect to another address; it was not followed, as it would get the "
        "access token",
        reply.status,
        operation=request.operation,
    )


def _response(reply: BaseHTTPResponse, request: ZohoRequest) -> ZohoResponse:
    response = ZohoResponse(
        reply.status, reply.headers, secrets=request.secrets, operation=request.operation
    )
    try:
        if not is_asked_encoding(reply.headers):
            raise odd_encoding(reply.status, request.operation)
        if not request.stream or not is_file(reply.status, reply.headers):
            response.content = _content(reply, request)
            return response
    except UnreadableResponse:
        _close(reply)
        raise

    response.chunks = lambda size: _chunks(reply, request, size)
    response.close = lambda: _close(reply)
    return response


def _content(reply: BaseHTTPResponse, request: ZohoRequest) -> bytes:
    """Read the whole body, decoding no more of it than the request allows."""
    size = reply.length_remaining  # None if the response has no length
    if size is not None and size <= request.max_bytes and "content-encoding" not in reply.headers:
        try:
            return reply.read()
        except (HTTPError, OSError) as error:
            failed = failure(error, request.operation)
        try:
            raise failed
        finally:
            del failed  # a cycle of error and frame is freed late
    whole, size = io.BytesIO(), 0
    for piece in _chunks(reply, request, CHUNK):
        size += len(piece)
        if size <= request.max_bytes:
            whole.write(piece)
        del piece  # error pages show a frame's variables, and this may be half of a token reply
        if size > request.max_bytes:
            raise too_large(reply.status, request)
    return whole.getvalue()


def _chunks(reply: BaseHTTPResponse, request: ZohoRequest, size: int) -> Iterator[bytes]:
    try:
        yield from reply.stream(size, decode_content=True)
        return
    except (HTTPError, OSError) as error:
        failed = failure(error, request.operation)
    try:
        raise failed
    finally:
        del failed  # a cycle of error and frame is freed late


def _close(reply: BaseHTTPResponse) -> None:
    """Close a response; if it was not read to its end, also close its connection."""
    reply.close()
    reply.release_conn()
