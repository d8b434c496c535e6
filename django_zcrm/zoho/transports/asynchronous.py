"""Sends over HTTP with httpx, without blocking: one pool of connections per event loop and host.

Needs the extra `[async]`. Like the blocking transport it carries no state between calls: no
cookies, no .netrc, and no redirect that would take the token elsewhere.
"""

from __future__ import annotations

import asyncio
import io
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

import httpx
from requests.utils import get_environ_proxies

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
from . import ASYNC_OVERRIDES
from .multipart import MultipartStream

POOL_SIZE = 32
"""Open connections per host; further calls wait for one, as Zoho allows 25 at once at most."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HttpxTransport:
    """The transport of `crm.aio`. Connections belong to the event loop that opened them."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self._pools: WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[str, httpx.AsyncHTTPTransport]
        ] = WeakKeyDictionary()

    def _pool(self, base_url: str) -> httpx.AsyncBaseTransport:
        if factory := ASYNC_OVERRIDES.get(base_url):
            made: httpx.AsyncBaseTransport = factory()
            return made
        pools = self._pools.setdefault(asyncio.get_running_loop(), {})
        if base_url not in pools:
            pools[base_url] = _open(base_url)
        return pools[base_url]

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Send one request. Redirects are refused: Zoho documents none.

        The whole reply has to come within the read timeout, unless it is a file to be streamed.

        Raises Unreachable, TimedOut and TransportError when no reply came, and UnreadableReply for
        a redirect.
        """
        try:
            pool, prepared = self._pool(base_url), self._prepared(base_url, request, timeout)
        except (httpx.InvalidURL, ValueError) as error:
            raise _named(_unsent(_transport_error(error)), request) from None
        try:
            async with _deadline(prepared, timeout[1]):
                reply = await pool.handle_async_request(prepared)
                return await _response(reply, request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _named(_transport_error(error), request) from None
        except UnreadableReply as error:
            raise _named(error, request) from None
        except BaseException as error:
            # Such as a cancellation: the frames below hold the token.
            raise error.with_traceback(None) from None

    def _prepared(
        self, base_url: str, request: Request, timeout: tuple[float, float]
    ) -> httpx.Request:
        url = base_url + request.path
        if request.params:
            url += "?" + urlencode(request.params, quote_via=quote, safe="")
        headers = {
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
            **headers_of(request),
        }
        content: bytes | AsyncIterator[bytes] | None = request.body
        if request.files:
            stream = MultipartStream(form_of(request), request.files)
            headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
            headers["Content-Type"] = stream.content_type
            if (length := getattr(stream, "len", None)) is not None:
                headers["Content-Length"] = str(length)
            content = _pieces(stream)
        elif request.form:
            content = urlencode(form_of(request)).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connect, read = timeout
        waits = httpx.Timeout(read, connect=connect).as_dict()
        return httpx.Request(
            request.method, url, headers=headers, content=content, extensions={"timeout": waits}
        )


def _open(base_url: str) -> httpx.AsyncHTTPTransport:
    proxies = get_environ_proxies(base_url)
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return httpx.AsyncHTTPTransport(
        verify=ssl.create_default_context(cafile=bundle) if bundle else True,
        trust_env=False,
        proxy=proxies.get("https" if base_url.startswith("https") else "http"),
        limits=httpx.Limits(max_connections=POOL_SIZE, max_keepalive_connections=POOL_SIZE),
    )


async def _pieces(stream: MultipartStream) -> AsyncIterator[bytes]:
    # Files are read in a thread, so that a slow disk does not block the event loop.
    while piece := await asyncio.to_thread(stream.read, 64 * 1024):
        yield piece


@asynccontextmanager
async def _deadline(prepared: httpx.Request, read: float) -> AsyncGenerator[None]:
    """Raise TimeoutError when `read` seconds have passed since the request was sent.

    How long that took does not count: a large upload takes its time. Without a word from the pool
    about it (a stand-in says none) only the wait for each piece of the reply is limited.
    """

    async def begin(event: str, info: Any) -> None:
        if event.endswith(".receive_response_headers.started"):
            limit.reschedule(asyncio.get_running_loop().time() + read)

    prepared.extensions["trace"] = begin
    async with asyncio.timeout(None) as limit:
        yield


async def _response(reply: httpx.Response, request: Request) -> Response:
    response = Response(
        reply.status_code, reply.headers, secrets=request.secrets, operation=request.operation
    )
    streamed = False
    try:
        if reply.status_code in _REDIRECTS:
            raise UnreadableReply(
                "Zoho sent a redirect; it was not followed, as it would get the access token",
                reply.status_code,
            )
        if not is_asked_encoding(reply.headers):
            raise odd_encoding(reply.status_code)
        if streamed := request.stream and is_file(reply.status_code, reply.headers):
            response.stream, response.aclose = partial(_pieces_of, reply, request), reply.aclose
        else:
            response.content = await _content(reply, request.max_bytes)
    finally:
        if not streamed:
            await reply.aclose()
    return response


async def _content(reply: httpx.Response, limit: int) -> bytes:
    """Read the whole body, decoding no more of it than the limit and one piece."""
    whole, size = io.BytesIO(), 0
    async for piece in reply.aiter_bytes():
        size += len(piece)
        if size <= limit:
            whole.write(piece)
        del piece  # error pages show a frame's variables, and this may be half of a token reply
        if size > limit:
            raise too_large(reply.status_code, limit)
    return whole.getvalue()


async def _pieces_of(reply: httpx.Response, request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.aiter_bytes(64 * 1024):
            yield piece
    except (httpx.HTTPError, OSError) as error:
        raise _named(_transport_error(error), request) from None


def _transport_error(error: Exception) -> TransportError:
    """Translate, without the library's text: it may quote URLs, which contain search criteria."""
    described: TransportError
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        described = _unsent(TimedOut("Zoho could not be reached in time"))
    elif isinstance(error, httpx.TimeoutException | TimeoutError):
        described = TimedOut("Zoho did not answer in time")
    elif isinstance(error, httpx.ConnectError | httpx.ProxyError):
        described = _unsent(Unreachable("Zoho could not be reached"))
    elif isinstance(error, httpx.NetworkError | httpx.ProtocolError):
        described = Unreachable("The connection to Zoho broke before the whole reply came")
    else:
        described = TransportError(f"The call failed on the way ({type(error).__name__})")
        described.sent = not isinstance(error, httpx.UnsupportedProtocol)
    return described


def _unsent(error: TransportError) -> TransportError:
    error.sent = False
    return error


def _named(error: ZohoError, request: Request) -> ZohoError:
    error.operation = request.operation
    return error
