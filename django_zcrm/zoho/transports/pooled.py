"""Sends over HTTP with requests: one pooled session per process and host.

The session carries no state between calls: no cookies (they would tie one tenant's call to
another's), no .netrc, no redirect to another host with a token in its hand.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urlencode, urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from ..datacenters import origin
from ..errors import TimedOut, TransportError, Unreachable
from ..http import Headers, Request, Response
from .multipart import MultipartStream

POOL_SIZE = 32
"""Open connections kept per host; Zoho allows at most 25 calls at once per organisation."""

MAX_REDIRECTS = 3


class PooledTransport:
    """The default transport. Sessions are made on first use and again after a fork."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self._lock = threading.Lock()
        self._pid = 0
        self._sessions: dict[str, requests.Session] = {}

    def session(self, base_url: str) -> requests.Session:
        """Return the session for a host; a place to mount an adapter in tests.

        A session that was open before a fork would share sockets with the parent process.
        """
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._sessions, self._pid = {}, os.getpid()
        try:
            return self._sessions[base_url]
        except KeyError:
            with self._lock:
                return self._sessions.setdefault(base_url, self._open(base_url))

    def _open(self, base_url: str) -> requests.Session:
        session = requests.Session()
        # Reading the environment for each call costs more than the rest of the call: proxies and
        # the CA bundle are read once, .netrc (which replaces Authorization) never.
        session.trust_env = False
        session.proxies.update(get_environ_proxies(base_url))
        session.verify = (
            os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        )
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        session.headers.update(
            {
                "User-Agent": self.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        adapter = HTTPAdapter(
            pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=Retry(0, read=False)
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Send one request; follow redirects only within the same host, and only for GET."""
        session = self.session(base_url)
        url = base_url + request.path
        if request.params:
            # %20 rather than +, and every reserved character encoded: Zoho reads a bare + in a
            # datetime's offset as a space.
            url += ("&" if "?" in request.path else "?") + urlencode(
                request.params, quote_via=quote, safe=""
            )
        reply = self._send_once(session, url, request, timeout)
        for _ in range(MAX_REDIRECTS):
            location = reply.headers.get("Location")
            if reply.status_code not in {301, 302, 303, 307, 308} or not location:
                break
            reply.close()
            url = self._same_host(url, location, request)
            reply = self._send_once(session, url, request, timeout)
        return self._response(reply, request)

    @staticmethod
    def _same_host(url: str, location: str, request: Request) -> str:
        target = urljoin(url, location)
        try:
            same = origin(target) == origin(url)
        except ValueError:
            same = False
        if not same or request.method not in {"GET", "HEAD"}:
            error = TransportError(
                "Zoho's reply redirects to another address, which was not followed: it would get "
                "the access token"
            )
            error.operation = request.operation
            raise error
        return target

    @staticmethod
    def _send_once(
        session: requests.Session, url: str, request: Request, timeout: tuple[float, float]
    ) -> requests.Response:
        headers = dict(request.headers)
        body: bytes | MultipartStream | None = request.body
        if request.files:
            body = MultipartStream(request.form, request.files)
            headers.setdefault("Content-Type", body.content_type)
        elif request.form:
            body = urlencode(request.form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        prepared = requests.PreparedRequest()
        prepared.prepare(
            method=request.method,
            url=url,
            headers={**session.headers, **headers},
            data=body,  # any file-like object with a length is taken
        )
        try:
            return session.send(
                prepared,
                timeout=timeout,
                stream=request.stream,
                allow_redirects=False,
                proxies=session.proxies,
                verify=session.verify,
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _transport_error(error, request) from None

    @staticmethod
    def _response(reply: requests.Response, request: Request) -> Response:
        response = Response(
            status=reply.status_code, headers=Headers(reply.headers), operation=request.operation
        )
        if not request.stream:
            response.content = reply.content
            return response

        def chunks(size: int) -> Iterator[bytes]:
            try:
                yield from reply.iter_content(size)
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _transport_error(error, request) from None

        response.chunks, response.close = chunks, reply.close
        return response


def _transport_error(error: Exception, request: Request) -> TransportError:
    """Translate, without the library's text: it quotes URLs, and those hold search criteria."""
    found: TransportError
    if isinstance(error, requests.ConnectTimeout):
        found = TimedOut("Zoho could not be reached in time")
        found.sent = False
    elif isinstance(error, requests.Timeout):
        found = TimedOut("Zoho did not answer in time")
    elif isinstance(error, requests.exceptions.SSLError):
        found = Unreachable("The TLS certificate of Zoho's host could not be verified")
        found.sent = False
    elif isinstance(error, requests.exceptions.ProxyError):
        found = Unreachable("The proxy refused or could not be reached")
        found.sent = False
    elif isinstance(error, requests.ConnectionError):
        found = Unreachable("Zoho could not be reached, or the connection broke")
        found.sent = "NewConnectionError" not in repr(error) and "NameResolution" not in repr(error)
    else:
        found = TransportError(f"The call failed on the way ({type(error).__name__})")
    found.operation = request.operation
    return found
