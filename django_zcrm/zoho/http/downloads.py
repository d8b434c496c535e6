"""Files downloaded from Zoho, read in chunks so that their size does not matter."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, cast

from .filenames import Destination, sanitize
from .messages import ZohoResponse

CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
"""Bytes up to which `save_to` buffers a file in memory rather than on disk."""


class Storage(Protocol):
    """The part of Django's storage API that is used here."""

    def save(self, name: str, content: Any) -> str:
        """Save the content and return the name it was saved under."""
        ...


class Download:
    """A streamed file. `filename` is Zoho's name of the file, without any directory.

    Read it once: whole (`read()`), in chunks (iteration, `read(n)`), or into a path or a storage.
    The connection returns to the pool at the end of the file, or at the end of a `with` block.
    Reading after `close()` raises ValueError, so that a part is not mistaken for the whole file.
    """

    def __init__(self, response: ZohoResponse) -> None:
        self.response = response
        self._pieces = _pieces_of(response)
        self._buffer = io.BytesIO()
        self._closed = False
        self.filename = response.filename
        self.content_type = response.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def size(self) -> int | None:
        """The size in bytes; None if Zoho did not state it."""
        header = self.response.headers.get("content-length", "")
        plain = not self.response.headers.get("content-encoding")
        return int(header) if header.isdigit() and plain else None

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("The download is closed.")

    def _next(self) -> bytes:
        self._check_open()
        return next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        if rest := self._buffer.read():
            yield rest
        # Not `yield from`: leaving this loop early would close the stream for every later read.
        while piece := self._next():
            yield piece

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the content in chunks; Django's storages read files through this method."""
        return iter(self)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, the rest if `size` is negative, nothing at the end.

        Raises ValueError when the download is closed.
        """
        self._check_open()
        if size < 0:
            return b"".join(self)
        chunks = [self._buffer.read(size)]
        missing = size - len(chunks[0])
        while missing and (piece := self._next()):
            self._buffer = io.BytesIO(piece)
            chunks.append(self._buffer.read(missing))
            missing -= len(chunks[-1])
        return b"".join(chunks)

    def save(self, path: str | os.PathLike[str] | IO[bytes]) -> Path | None:
        """Write the file to a path, a directory or an open binary file.

        An existing file at a path is replaced. In a directory, the file gets a safe form of Zoho's
        name, with a number if the name exists. Returns the path, or None for an open file. A
        download that breaks off leaves no partial file at a path. Raises OSError with the path.
        """
        with self:
            if not isinstance(path, str | os.PathLike):
                self._write(path)
                return None
            destination = Destination(path, self.filename)
            try:
                with destination.open() as out:
                    self._write(out)
                return destination.complete()
            finally:
                destination.discard()

    def _write(self, out: IO[bytes]) -> None:
        for piece in self:
            out.write(piece)

    def save_to(self, storage: Storage, name: str = "") -> str:
        """Save the file to a Django storage and return the name it was saved under.

        Without a `name`, the file gets a safe form of Zoho's name. The download is buffered first,
        so that the storage gets a whole file or none, and can seek in it.
        """
        with self, tempfile.SpooledTemporaryFile(IN_MEMORY) as whole:
            self._write(cast("IO[bytes]", whole))
            whole.seek(0)
            return storage.save(name or sanitize(self.filename), whole)

    def close(self) -> None:
        """Return the connection to the pool."""
        self._closed = True
        self.response.close()

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Download {self.filename!r}>"


def _pieces_of(response: ZohoResponse) -> Iterator[bytes]:
    # Not a method: a reference cycle would delay freeing the download and its connection.
    try:
        if response.chunks is None:
            yield response.content
        else:
            yield from filter(None, response.chunks(CHUNK))
    finally:
        response.close()
