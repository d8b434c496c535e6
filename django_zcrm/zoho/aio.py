"""The asynchronous client: runs the same plans as `session`, without blocking the event loop.

A token that is not in memory (it is in the database, or has to come from the accounts server) is
fetched in a thread.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

from .auth import AccessToken, Pause, Send, Token, TokenSource
from .client import raw_request, resource_class
from .downloads import Download, partial_name
from .errors import ZohoError
from .http import Host, Request, Response
from .observer import Observer, Watch
from .operation import Operation
from .plans import Plan, Planner, Step, T
from .replies import Reply
from .results import Page
from .session import Session, stays_here
from .transports.awaited import AwaitedTransport


class AsyncTransport(Protocol):
    """Sends one request to one base URL, without blocking."""

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply, whatever its status. Raises Unreachable, TimedOut or TransportError."""
        ...


class AsyncPage(Page[T]):
    """One page of a list; `async for` goes through this page and all that follow."""

    async def next_page(self) -> AsyncPage[T] | None:  # type: ignore[override]
        """Fetch the next page; None when this is the last."""
        changes = self.changes()
        if changes is None or self.again is None:
            return None
        return _awaited_page(self.followed_by(await self.again(**changes)))

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:  # type: ignore[override]
        """Yield this page and those that follow."""
        page: AsyncPage[T] | None = self
        while page is not None:
            yield page
            page = await page.next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for row in page.rows:
                yield row

    def __iter__(self) -> Any:
        raise TypeError("This page is asynchronous: use `async for`, or its rows.")


def _awaited_page(page: Page[T]) -> AsyncPage[T]:
    return AsyncPage(**{one.name: getattr(page, one.name) for one in fields(page)})


class AsyncDownload:
    """A streamed file; read it once, by `async for`, `await read()` or `await save(path)`."""

    def __init__(self, download: Download) -> None:
        self.filename = download.filename
        self.content_type = download.content_type
        self.size = download.size
        self._response = download.response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._response.stream is None:
            yield self._response.content
            return
        try:
            async for piece in self._response.stream():
                yield piece
        finally:
            await self.close()

    async def read(self) -> bytes:
        """Return the whole file."""
        return b"".join([piece async for piece in self])

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file to a path, or into a directory under Zoho's name; return the path written.

        When the download breaks off, no partial file is left behind.
        """
        target = Path(path)
        if await asyncio.to_thread(target.is_dir):
            target /= self.filename or "download"
        partial = target.with_name(partial_name())
        try:
            # Entered before the loop: if the file cannot be opened, the loop never starts to close
            # the response.
            async with self:
                with await asyncio.to_thread(partial.open, "wb") as out:
                    async for piece in self:
                        await asyncio.to_thread(out.write, piece)
            await asyncio.to_thread(partial.replace, target)
        finally:
            await asyncio.to_thread(partial.unlink, True)
        return target

    async def close(self) -> None:
        """Return the connection to the pool."""
        if self._response.aclose is not None:
            await self._response.aclose()

    async def __aenter__(self) -> AsyncDownload:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncDownload {self.filename!r}>"


class AsyncSession:
    """Sends operations for one token source; every call is a coroutine."""

    def __init__(
        self,
        tokens: TokenSource,
        transport: AsyncTransport,
        planner: Planner,
        timeout: tuple[float, float],
        observer: Observer,
    ) -> None:
        self.tokens = tokens
        self.transport = transport
        self.planner = planner
        self.timeout = timeout
        self.observer = observer
        self.version = planner.version

    __reduce__ = stays_here

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same: deep copies can share it."""
        return self

    async def call(self, operation: Operation, given: dict[str, Any]) -> Any:
        """Perform an operation with the arguments given and return its result.

        Raises the exceptions defined in `errors`.
        """
        found = await self._run(operation.name, self.planner.call(operation, given, self))
        if isinstance(found, Page):
            return _awaited_page(found)
        if operation.stream:
            return AsyncDownload(found)
        return found

    async def send(self, request: Request) -> Response:
        """Send a request with a token and return the reply.

        Raises the exceptions defined in `errors`.
        """
        return await self._run(request.operation, self.planner.send(request))

    async def _run(self, operation: str, plan: Plan[T]) -> T:
        watch = Watch(self.observer)
        with self.observer.call(operation, watch.request_id):
            try:
                step = next(plan)
                while True:
                    try:
                        done = await self._do(step, watch)
                    except Exception as error:
                        step = plan.throw(error)
                    else:
                        step = plan.send(done)
            except StopIteration as finished:
                result: T = finished.value
                return result

    async def _do(self, step: Step, watch: Watch) -> Any:
        match step:
            case Send(token, request):
                return await self._transmit(token, request, watch)
            case Token(None):
                return await self._ask("current")
            case Token(AccessToken() as refused):
                return await self._ask("renew", refused)
            case Pause(seconds):
                return await asyncio.sleep(seconds)

    async def _ask(self, verb: str, *given: AccessToken) -> AccessToken:
        """Call the token source: an async method if it has one, else the other in a thread."""
        awaited = getattr(self.tokens, f"a{verb}", None)
        if awaited is not None:
            token: AccessToken = await awaited(*given)
            return token
        return await asyncio.to_thread(getattr(self.tokens, verb), *given)

    async def _transmit(self, token: AccessToken, request: Request, watch: Watch) -> Response:
        started = time.perf_counter()
        try:
            url = token.url(request.host, request.origin)
            reply = await self.transport.send(url, request, self.timeout)
        except ZohoError as error:
            watch.tell(request, started, error)
            raise
        watch.tell(request, started, reply)
        return reply


class AsyncClient:
    """Zoho CRM through one connection, asynchronously: `await crm.aio.records.get("Leads", id)`.

    It has the same resources and arguments as `Client`; every call returns a coroutine. Lists come
    as AsyncPage, files as AsyncDownload. Type checkers cannot see this: the signatures describe the
    blocking calls.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        host: Host = "api",
    ) -> Reply:
        """Send any request, with the same token, retries and errors as every other call.

        The arguments are those of `Client.request`; replies are not streamed.
        """
        request = raw_request(
            method,
            path.replace("{version}", self.session.version),
            params=params,
            json=json,
            data=data,
            files=files,
            headers=headers,
            host=host,
            stream=False,
        )
        return Reply(await self.session.send(request))

    def __getattr__(self, name: str) -> Any:
        kind = resource_class(name)
        return self.__dict__.setdefault(name, kind(self.session))

    def __repr__(self) -> str:
        return f"<Zoho CRM client for await, {self.session.version}>"


@cache
def _transport(user_agent: str) -> AwaitedTransport:
    """Return this process's transport for a user agent."""
    return AwaitedTransport(user_agent)


def awaited(session: Session) -> AsyncClient:
    """Return the asynchronous client that shares a session's tokens, version and metadata."""
    transport = _transport(getattr(session.transport, "user_agent", "django-zcrm"))
    return AsyncClient(
        AsyncSession(session.tokens, transport, session.planner, session.timeout, session.observer)
    )
