"""The results of asynchronous calls that differ from those of blocking calls."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ParamSpec, Self

from ..http.downloads import Download
from ..http.filenames import Destination
from ..operations.results import BasePage, Page, T

P = ParamSpec("P")


class AsyncPage(BasePage[T]):
    """One page of a list; `async for` covers this page and all following pages."""

    @classmethod
    def of(cls, page: Page[T]) -> Self:
        """Return the asynchronous form of a page."""
        async_page = object.__new__(cls)
        vars(async_page).update(vars(page))  # a dataclass takes three times as long
        return async_page

    async def next_page(self) -> AsyncPage[T] | None:
        """Fetch the next page; None when this is the last."""
        changes = self.changes()
        if changes is None or self.again is None:
            return None
        return self.link_to(await self.again(**changes))

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """Yield this page and those that follow."""
        page: AsyncPage[T] | None = self
        while page is not None:
            yield page
            page = await page.next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for row in page.rows:
                yield row

    # Python would iterate by __getitem__ and stop after this page. Since it returns None, type
    # checkers refuse a `for` too.
    def __iter__(self) -> None:
        raise TypeError("This page is asynchronous: use `async for`, or its rows.")


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
        """Write the file to a path, or into a directory; return the path written.

        A path is replaced. In a directory, where it gets Zoho's name made harmless, nothing is
        replaced: a name that is taken gets a number. When the download breaks off, no partial file
        is left behind. Raises OSError, which names the path.
        """
        # Entered before the loop: if the file cannot be opened, the loop never starts to close the
        # response.
        async with self:
            destination = await asyncio.to_thread(Destination, path, self.filename)
            try:
                with await _in_thread(destination.open) as out:
                    async for piece in self:
                        await _in_thread(out.write, piece)
                return await _in_thread(destination.complete)
            finally:
                await _in_thread(destination.discard)

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


async def _in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Run a function in a thread. A cancellation waits for its end."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **options))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])
