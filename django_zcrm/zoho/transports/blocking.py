"""Sends over HTTP with requests: one pooled session per process and host.

The session carries no state between calls: no cookies (they would tie one tenant's call to
another's), no .netrc, and no redirect that would take the token to another host.
"""

from __future__ import annotations

import io
import os
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urlencode, urljoin

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
from urllib3 import Retry
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from ..datacenters import origin
from ..errors import TimedOut, TransportError, Unreachable, UnreadableReply, ZohoError
from ..http import (
    Request,
    Response,
    form_of,
    headers_of,
    is_asked_encoding,
    is_file,
    odd_encoding,
    too_large,
)
from .deadlines import DeadlineAdapter, replies_at_once
from .multipart import MultipartStream

POOL_SIZE = 32
"""Open connections kept per host; Zoho allows at most 25 calls at once per organisation."""

CHUNK = 64 * 1024
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _Session(requests.Session):
    """A session that sends one request at a time: it does not even look at redirects.

    It would read their whole body first, however large.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: there is nothing to follow."""


class RequestsTransport:
    """The default transport. Sessions are made on first use and again after a fork."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self._sessions: dict[tuple[int, str], requests.Session] = {}

    def session(self, base_url: str) -> requests.Session:
        """Return the session for a host; tests mount adapters on it.

        Each process has its own: one from before a fork would share sockets with the parent.
        """
        # No lock, as a fork could copy it while held: if two sessions are made at once, one is
        # kept.
        key = (os.getpid(), base_url)
        return self._sessions.get(key) or self._sessions.setdefault(key, self._open(base_url))

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        for session in list(self._sessions.values()):
            session.close()

    @staticmethod
    def certificates() -> str:
        """Return the path of the CA certificates that hosts are verified with."""
        chosen = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        return chosen or DEFAULT_CA_BUNDLE_PATH

    def _open(self, base_url: str) -> requests.Session:
        session = _Session()
        # Reading the environment for each call costs more than the rest of the call: proxies and
        # the CA bundle are read once, .netrc (which replaces Authorization) never.
        session.trust_env = False
        session.proxies.update(get_environ_proxies(base_url))
        session.verify = self.certificates()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        session.headers.update(
            {
                "User-Agent": self.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        adapter = DeadlineAdapter(
            pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=Retry(0, read=False)
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Send one request; follow redirects only within the same host, and only for GET.

        The whole reply has to come within the read timeout, unless it is a file to be streamed.

        Raises Unreachable, TimedOut and TransportError when no reply came, and UnreadableReply for
        a redirect that is not followed.
        """
        session = self.session(base_url)
        url = base_url + request.path
        if request.params:
            # %20 rather than +, and every reserved character encoded: Zoho reads a bare + in a
            # datetime's offset as a space.
            url += "?" + urlencode(request.params, quote_via=quote, safe="")
        connect, read = timeout
        deadline = time.monotonic() + connect + read
        with replies_at_once():
            for _ in range(MAX_REDIRECTS + 1):
                reply = _send_once(session, url, request, (connect, read))
                if reply.status_code not in _REDIRECTS:
                    return _response(reply, request)
                next(_chunks(reply, request, CHUNK), b"")  # a short body frees the connection
                reply.close()
                url = _followed(url, reply, request)
                read = max(min(read, deadline - time.monotonic()), 0.001)
        raise _named(UnreadableReply("Zoho's replies redirect in a loop", 302), request)


def _send_once(
    session: requests.Session, url: str, request: Request, timeout: tuple[float, float]
) -> requests.Response:
    # Headers and body are kept out of this frame's variables, which error pages show.
    try:
        return session.send(
            _ready(session, url, request),
            timeout=timeout,
            stream=True,
            allow_redirects=False,
            proxies=session.proxies,
            verify=session.verify,
        )
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _named(_transport_error(error), request) from None
    except BaseException as error:
        # Such as the end of a worker's time: the frames below hold the token.
        raise error.with_traceback(None) from None


def _ready(session: requests.Session, url: str, request: Request) -> requests.PreparedRequest:
    try:
        return _prepared(session, url, request)
    except (requests.RequestException, ValueError) as error:
        raise _named(_unsent(_transport_error(error)), request) from None


def _prepared(session: requests.Session, url: str, request: Request) -> requests.PreparedRequest:
    headers = {**session.headers, **headers_of(request)}
    body: bytes | MultipartStream | None = request.body
    if request.files:
        body = MultipartStream(form_of(request), request.files)
        # Only this code knows the boundary, so a caller's own type cannot be right.
        headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
        headers["Content-Type"] = body.content_type
    elif request.form:
        body = urlencode(form_of(request)).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    prepared = requests.PreparedRequest()
    prepared.prepare(method=request.method, url=url, headers=headers, data=body)
    return prepared


def _followed(url: str, reply: requests.Response, request: Request) -> str:
    location = reply.headers.get("Location", "")
    with suppress(ValueError):
        target = urljoin(url, location)
        if location and origin(target) == origin(url) and request.method in {"GET", "HEAD"}:
            return target
    raise _named(
        UnreadableReply(
            "Zoho sent a redirect to another address; it was not followed, as it would get the "
            "access token",
            reply.status_code,
        ),
        request,
    )


def _response(reply: requests.Response, request: Request) -> Response:
    response = Response(
        reply.status_code, reply.headers, secrets=request.secrets, operation=request.operation
    )
    try:
        if not is_asked_encoding(reply.headers):
            raise odd_encoding(reply.status_code)
        if not request.stream or not is_file(reply.status_code, reply.headers):
            response.content = _content(reply, request)
            return response
    except UnreadableReply as error:
        reply.close()
        raise _named(error, request) from None

    response.chunks = lambda size: _chunks(reply, request, size)
    response.close = reply.close
    return response


def _content(reply: requests.Response, request: Request) -> bytes:
    """Read the whole body, decoding no more of it than the request allows."""
    if reply.raw is None:  # from an adapter that stands in for a server
        return reply.content
    whole, size = io.BytesIO(), 0
    for piece in _chunks(reply, request, CHUNK):
        size += len(piece)
        if size <= request.max_bytes:
            whole.write(piece)
        del piece  # error pages show a frame's variables, and this may be half of a token reply
        if size > request.max_bytes:
            raise too_large(reply.status_code, request.max_bytes)
    return whole.getvalue()


def _chunks(reply: requests.Response, request: Request, size: int) -> Iterator[bytes]:
    try:
        yield from reply.iter_content(size)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _named(_transport_error(error), request) from None


def _transport_error(error: Exception) -> TransportError:
    """Translate, without the library's text: it quotes URLs, which contain search criteria."""
    cause = _argument(error)  # urllib3's exception, which says more than requests'
    cause = getattr(cause, "reason", cause)
    if isinstance(error, requests.ConnectTimeout):
        return _unsent(TimedOut("Zoho could not be reached in time"))
    if isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError):
        return TimedOut("Zoho did not answer in time")
    if isinstance(error, requests.exceptions.ProxyError):
        return _unsent(Unreachable("The proxy refused or could not be reached"))
    if isinstance(error, requests.exceptions.SSLError):
        if isinstance(_argument(cause), ssl.SSLCertVerificationError):
            return _unsent(Unreachable("The TLS certificate of Zoho's host could not be verified"))
        return Unreachable("The TLS connection to Zoho broke")
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        if isinstance(cause, NewConnectionError):  # includes a name that is not found
            return _unsent(Unreachable("Zoho could not be reached"))
        return Unreachable("The connection to Zoho broke before the whole reply came")
    return TransportError(f"The call failed on the way ({type(error).__name__})")


def _argument(error: object) -> object:
    return next(iter(getattr(error, "args", ())), None)


def _unsent(error: TransportError) -> TransportError:
    error.sent = False
    return error


def _named(error: ZohoError, request: Request) -> ZohoError:
    error.operation = request.operation
    return error
