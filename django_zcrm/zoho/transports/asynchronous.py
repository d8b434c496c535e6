"""Sends over HTTP with aiohttp, without blocking: one pool of connections per event loop and host.

Needs the extra `[async]`. Like the blocking transport it carries no state between calls: no
cookies, no .netrc, and no redirect that would take the token elsewhere.
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

from ..errors import TimedOut, TransportError, Unreachable, UnreadableReply
from ..http import (
    Headers,
    Request,
    Response,
    is_asked_encoding,
    is_file,
    odd_encoding,
    too_large,
)
from . import ASYNC_OVERRIDES
from .multipart import MultipartStream
from .outgoing import POOL_SIZE, content_of, keep_freed_memory, tls_context, url_of

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

        Loops close the generators that are left then, and nothing else that takes some waiting.
        """
        try:
            yield
        finally:
            await self._opened.pop(key).session.close()

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Send one request. Redirects are refused: Zoho documents none.

        The whole reply has to come within the read timeout, unless it is a file to be streamed.

        Raises Unreachable, TimedOut and TransportError when no reply came, and UnreadableReply for
        a redirect.
        """
        if override := ASYNC_OVERRIDES.get(base_url):
            replied: Response = await override().send(base_url, request, timeout)
            return replied
        # Headers and body are kept out of this frame's variables, which error pages show.
        read = timeout[1]
        try:
            session = await self._session(base_url)
            async with asyncio.timeout(None) as limit:
                begin = partial(_expect, limit, read)
                # A stream of files says itself when it was sent.
                before = _when_sent.set(None if request.files else begin)
                try:
                    reply = await session.request(**self._sent(base_url, request, timeout, begin))
                finally:
                    _when_sent.reset(before)
                return await _response(reply, request)
        except (_ConnectionBroke, aiohttp.ClientError, OSError, ValueError) as error:
            if _has_odd_encoding(error):
                raise odd_encoding(0, request.operation) from None
            raise _transport_error(error, request.operation) from None
        except BaseException as error:
            # Such as a cancellation: the frames below hold the token.
            raise error.with_traceback(None) from None

    def _sent(
        self,
        base_url: str,
        request: Request,
        timeout: tuple[float, float],
        begin: Callable[[], None],
    ) -> dict[str, Any]:
        """Return what aiohttp takes; `begin` is to be called when the request was sent."""
        headers, body = content_of(request, self.user_agent)
        connect, read = timeout
        # Otherwise the reply has a deadline, which costs less than a timer for each piece of it.
        waits_for_each = request.stream or isinstance(body, MultipartStream)
        return {
            "method": request.method,
            "url": URL(url_of(base_url, request), encoded=True),
            "headers": headers,
            "data": _pieces(body, begin) if isinstance(body, MultipartStream) else body,
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
    from requests.utils import get_environ_proxies  # which knows NO_PROXY well, and is slow to load

    return get_environ_proxies(base_url).get("https" if base_url.startswith("https") else "http")


def _open(base_url: str) -> aiohttp.ClientSession:
    keep_freed_memory()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=POOL_SIZE, ssl=tls_context() if base_url.startswith("https:") else True
        ),
        proxy=_proxy(base_url),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Content-Type",),
        response_class=_AwaitedReply,
        middlewares=(_once,),
    )


_when_sent: ContextVar[Callable[[], None] | None] = ContextVar("zcrm_when_sent", default=None)
"""What to call when the request was sent."""


class _AwaitedReply(aiohttp.ClientResponse):
    """A reply that is waited for from now on: its request has left, and with it a body of bytes."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Wait for the headers. aiohttp's tracing would tell of it, too, at ten times the cost."""
        if begin := _when_sent.get():
            begin()
        return await super().start(connection)


def _expect(limit: asyncio.Timeout, read: float) -> None:
    """Have the reply come within so many seconds from now.

    How long it took to send the request does not count: a large upload takes its time.
    """
    if not limit.expired():
        limit.reschedule(asyncio.get_running_loop().time() + read)


class _ConnectionBroke(Exception):
    """What broke it is the argument."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: aiohttp sends a PUT or DELETE again when a kept connection broke."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _ConnectionBroke(error) from None


async def _pieces(stream: MultipartStream, sent: Callable[[], None]) -> AsyncIterator[bytes]:
    # Files are read in a thread, so that a slow disk does not block the event loop.
    while piece := await asyncio.to_thread(stream.read, CHUNK):
        yield piece
    sent()


async def _response(reply: aiohttp.ClientResponse, request: Request) -> Response:
    headers = Headers(reply.headers)
    response = Response(reply.status, headers, secrets=request.secrets, operation=request.operation)
    streamed = False
    try:
        if reply.status in _REDIRECTS:
            raise UnreadableReply(
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
            reply.close()  # which keeps the connection of a reply that was read to its end
    return response


async def _close(reply: aiohttp.ClientResponse) -> None:
    reply.close()


async def _content(reply: aiohttp.ClientResponse, request: Request) -> bytes:
    """Read the whole body, decoding no more of it than the request allows and one piece."""
    limit, length = request.max_bytes, reply.content_length
    if length is not None and length <= limit and "content-encoding" not in reply.headers:
        return await reply.read()
    whole, size = io.BytesIO(), 0
    async for piece in reply.content.iter_any():
        size += len(piece)
        if size <= limit:
            whole.write(piece)
        del piece  # error pages show a frame's variables, and this may be half of a token reply
        if size > limit:
            raise too_large(reply.status, request)
    return whole.getvalue()


async def _pieces_of(reply: aiohttp.ClientResponse, request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.content.iter_chunked(CHUNK):
            yield piece
    except (aiohttp.ClientError, OSError) as error:
        raise _transport_error(error, request.operation) from None


def _transport_error(error: Exception, operation: str) -> TransportError:
    """Translate, without the library's text: it may quote URLs, which contain search criteria."""
    error_class, message, sent = _meaning(error)
    return error_class(message, operation=operation, sent=sent)


def _meaning(error: object) -> tuple[type[TransportError], str, bool]:
    """Return the class of error, the message, and whether the request may have been sent."""
    match error:
        case _ConnectionBroke(args=(cause,)):
            return _meaning(cause)
        case aiohttp.ConnectionTimeoutError():
            return TimedOut, "Zoho could not be reached in time", False
        case TimeoutError():
            return TimedOut, "Zoho did not answer in time", True
        case aiohttp.ClientConnectorCertificateError():
            return Unreachable, "The TLS certificate of Zoho's host could not be verified", False
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Unreachable, "The TLS connection to Zoho broke", True
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return Unreachable, "The proxy refused or could not be reached", False
        case aiohttp.ClientConnectorError():
            return Unreachable, "Zoho could not be reached", False
        case aiohttp.InvalidURL():
            return TransportError, f"The call failed on the way ({type(error).__name__})", False
        case aiohttp.ClientError() | OSError():
            return Unreachable, "The connection to Zoho broke before the whole reply came", True
        case _:
            return TransportError, f"The call failed on the way ({type(error).__name__})", True


def _has_odd_encoding(error: BaseException | None) -> bool:
    """Tell whether aiohttp failed for want of a decoder, which says so in an error within."""
    while error is not None and not isinstance(error, ContentEncodingError):
        error = error.__cause__ or error.__context__
    return error is not None
