"""Sends over HTTP with aiohttp, without blocking: one pool of connections per event loop and host.

Needs the extra `[async]`. Like the blocking transport, it keeps no state between calls. It uses no
cookies and no .netrc, and follows no redirect that would send the token to another host.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple
from urllib.request import getproxies

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from ...errors import TransportError, UnreadableResponse
from ..messages import (
    Headers,
    ZohoRequest,
    ZohoResponse,
    is_asked_encoding,
    is_file,
    odd_encoding,
    too_large,
)
from . import ASYNC_OVERRIDES
from .failures import at_address, cause_of, transport_error, without_frames
from .multipart import MultipartStream
from .outgoing import POOL_SIZE, content_of, tls_context, url_of

CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _Opened(NamedTuple):
    session: aiohttp.ClientSession
    closing: AsyncGenerator[None]


class AiohttpTransport:
    """The transport of `crm.aio`. Connections belong to the event loop that opened them."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self._opened: dict[tuple[asyncio.AbstractEventLoop, str], _Opened] = {}

    async def _session(self, base_url: str) -> aiohttp.ClientSession:
        key = (asyncio.get_running_loop(), base_url)
        if opened := self._opened.get(key):
            return opened.session
        session = _open(base_url)
        self._opened[key] = _Opened(session, self._close_with_loop(key))
        await anext(self._opened[key].closing)
        return session

    async def _close_with_loop(
        self, key: tuple[asyncio.AbstractEventLoop, str]
    ) -> AsyncGenerator[None]:
        """Close connections at the end of their event loop, as of `asyncio.run`.

        At their end, loops close only the remaining asynchronous generators.
        """
        try:
            yield
        finally:
            await self._opened.pop(key).session.close()

    async def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Send one request. Redirects are refused: Zoho documents none.

        The whole response must arrive within the read timeout, unless it is a streamed file.

        Raises Unreachable, TimedOut and TransportError if no response arrived, and
        UnreadableResponse for a redirect.
        """
        if override := ASYNC_OVERRIDES.get(base_url):
            replied: ZohoResponse = await override().send(base_url, request, timeout)
            return replied
        # Headers and body are not variables of this frame, because error pages show those.
        read, reads = timeout[1], set[asyncio.Future[bytes]]()
        failed: BaseException
        try:
            session = await self._session(base_url)
            async with asyncio.timeout(None) as limit:
                # A stream of files starts the clock itself, when it has been sent.
                begin = None if request.files else partial(_expect, limit, read)
                before = _when_sent.set(begin)
                try:
                    reply = await session.request(
                        **self._arguments(base_url, request, timeout, limit, reads)
                    )
                finally:
                    _when_sent.reset(before)
                response = await _response(reply, request)
                if reads and request.replayable:  # a replay of an early refusal rewinds the file
                    await asyncio.wait(reads)
                return response
        except (_ConnectionBroke, aiohttp.ClientError, OSError, ValueError) as error:
            if _has_odd_encoding(error):
                failed = odd_encoding(0, request.operation)
            else:
                failed = _transport_error(error, request.operation)
        except BaseException as error:  # such as a cancellation
            failed = without_frames(error)
        at_address(failed, base_url)
        try:
            raise failed
        finally:
            del failed  # a cycle of error and frame is freed late

    def _arguments(
        self,
        base_url: str,
        request: ZohoRequest,
        timeout: tuple[float, float],
        limit: asyncio.Timeout,
        reads: set[asyncio.Future[bytes]],
    ) -> dict[str, Any]:
        """Return aiohttp's arguments.

        Files set the `limit` while they are sent; `reads` contains the read that is in progress.
        """
        headers, body = content_of(request, self.user_agent)
        connect, read = timeout
        # Otherwise one deadline limits the response, which costs less than a timer for each chunk.
        waits_for_each = request.stream or isinstance(body, MultipartStream)
        return {
            "method": request.method,
            "url": URL(url_of(base_url, request), encoded=True),
            "headers": headers,
            "data": (
                _pieces(body, limit, read, reads) if isinstance(body, MultipartStream) else body
            ),
            "allow_redirects": False,
            "timeout": aiohttp.ClientTimeout(
                connect=connect + read,
                sock_connect=connect,
                sock_read=read if waits_for_each else None,
            ),
        }


def _proxy(base_url: str) -> str | None:
    if not getproxies():
        return None
    from requests.utils import get_environ_proxies  # handles NO_PROXY well, but is slow to load

    return get_environ_proxies(base_url).get("https" if base_url.startswith("https") else "http")


def _open(base_url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=POOL_SIZE, ssl=tls_context() if base_url.startswith("https:") else True
        ),
        proxy=_proxy(base_url),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Content-Type",),
        response_class=_AwaitedResponse,
        middlewares=(_once,),
    )


_when_sent: ContextVar[Callable[[], None] | None] = ContextVar("zcrm_when_sent", default=None)
"""Called when the request was sent."""


class _AwaitedResponse(aiohttp.ClientResponse):
    """A response whose request has been sent, including a body of bytes; its deadline runs."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Wait for the headers. aiohttp's tracing could report this too, at ten times the cost."""
        if begin := _when_sent.get():
            begin()
        return await super().start(connection)


def _expect(limit: asyncio.Timeout, read: float | None) -> None:
    """Require the response within so many seconds from now; None for no limit.

    The time to send the request does not count, since a large upload takes long.
    """
    if not limit.expired():
        limit.reschedule(None if read is None else asyncio.get_running_loop().time() + read)


class _ConnectionBroke(Exception):
    """The argument is the cause."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: aiohttp resends a PUT or DELETE if a kept connection broke."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _ConnectionBroke(error) from None


async def _pieces(
    stream: MultipartStream,
    limit: asyncio.Timeout,
    read: float,
    reads: set[asyncio.Future[bytes]],
) -> AsyncIterator[bytes]:
    # Files are read in a thread, so that a slow disk does not block the event loop. A cancellation
    # does not end the thread.
    while True:
        reading = asyncio.ensure_future(asyncio.to_thread(stream.read, CHUNK))
        reads.add(reading)
        reading.add_done_callback(reads.discard)
        if not (piece := await asyncio.shield(reading)):
            break
        _expect(limit, read)  # a host that takes nothing would delay the call without limit
        yield piece
        _expect(limit, None)
    _expect(limit, read)


async def _response(reply: aiohttp.ClientResponse, request: ZohoRequest) -> ZohoResponse:
    headers = Headers(reply.headers)
    response = ZohoResponse(
        reply.status, headers, secrets=request.secrets, operation=request.operation
    )
    streamed = False
    try:
        if reply.status in _REDIRECTS:
            raise UnreadableResponse(
                "Zoho sent a redirect; it was not followed, as it would get the access token",
                reply.status,
                operation=request.operation,
            )
        if not is_asked_encoding(headers):
            raise odd_encoding(reply.status, request.operation)
        if streamed := request.stream and is_file(reply.status, headers):
            response.stream = partial(_pieces_of, reply, request)
            response.aclose = partial(_close, reply)
        else:
            response.content = await _content(reply, request)
    finally:
        if not streamed:
            reply.close()  # keeps the connection if the response was read to its end
    return response


async def _close(reply: aiohttp.ClientResponse) -> None:
    reply.close()


async def _content(reply: aiohttp.ClientResponse, request: ZohoRequest) -> bytes:
    """Read the whole body; decode at most one chunk more than the request allows."""
    limit, length = request.max_bytes, reply.content_length
    if length is not None and length <= limit and "content-encoding" not in reply.headers:
        return await reply.read()
    whole, size = io.BytesIO(), 0
    async for piece in reply.content.iter_any():
        size += len(piece)
        if size <= limit:
            whole.write(piece)
        del piece  # error pages show a frame's variables, and this may be part of a token response
        if size > limit:
            raise too_large(reply.status, request)
    return whole.getvalue()


async def _pieces_of(reply: aiohttp.ClientResponse, request: ZohoRequest) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.content.iter_chunked(CHUNK):
            yield piece
        return
    except (aiohttp.ClientError, OSError) as error:
        failed = _transport_error(error, request.operation)
    try:
        raise failed
    finally:
        del failed  # a cycle of error and frame is freed late


def _transport_error(error: object, operation: str) -> TransportError:
    """Translate, without the library's text: it may quote URLs, which contain search criteria."""
    if isinstance(error, _ConnectionBroke):
        error = cause_of(error)
    translated = transport_error(_failure_of(error), operation, type(error).__name__)
    if isinstance(error, aiohttp.InvalidURL):
        translated.sent = False
    return translated


def _failure_of(error: object) -> str:
    """Return the name of a failure, as in `FAILURES`."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout"
        case TimeoutError():
            return "read_timeout"
        case aiohttp.ClientConnectorCertificateError():
            return "certificate"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls"
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return "proxy"
        case aiohttp.ClientConnectorError():
            return "unreachable"
        case aiohttp.ClientError() | OSError() if not isinstance(error, aiohttp.InvalidURL):
            return "broken"
        case _:
            return "failed"


def _has_odd_encoding(error: BaseException | None) -> bool:
    """Return whether aiohttp failed because a decoder is missing, which its cause states."""
    while error is not None and not isinstance(error, ContentEncodingError):
        error = error.__cause__ or error.__context__
    return error is not None
