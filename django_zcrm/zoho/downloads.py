"""A file on its way from Zoho: read in pieces, so that its size does not matter."""

from __future__ import annotations

import io
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, cast

from .http import Response

CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
"""Bytes up to which a file on its way to a storage does not touch the disk."""


class Storage(Protocol):
    """What is needed of a Django storage."""

    def save(self, name: str, content: Any) -> str:
        """Keep the content and return the name under which it is kept."""
        ...


def partial_name() -> str:
    """Return a file name to write to until the file is whole.

    Not made of the target's, which may be as long as a name can be; and another one each time,
    since another thread may be saving to the same target.
    """
    return f".{secrets.token_hex(8)}.part"


class Download:
    """A streamed file. `filename` is Zoho's name for it, without any directory.

    Read it once, whole (`read()`), in pieces (iteration, `read(n)`), or into a path or a storage.
    The connection goes back to the pool at its end, or on leaving a `with` block; after that, as
    with a file, reading raises ValueError rather than taking half a file for a whole one.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        self._pieces = self._stream()
        self._held = io.BytesIO()
        self._closed = False
        self.filename = response.filename
        self.content_type = response.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def size(self) -> int | None:
        """Bytes, where Zoho said so."""
        written = self.response.headers.get("content-length", "")
        plain = not self.response.headers.get("content-encoding")
        return int(written) if written.isdigit() and plain else None

    def _stream(self) -> Iterator[bytes]:
        try:
            if self.response.chunks is None:
                yield self.response.content
            else:
                yield from filter(None, self.response.chunks(CHUNK))
        finally:
            self.response.close()

    def _next(self) -> bytes:
        if self._closed:
            raise ValueError("The download is closed.")
        return next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        if rest := self._held.read():
            yield rest
        # Not `yield from`: whoever leaves this loop early would end the stream for all others.
        while piece := self._next():
            yield piece

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in pieces; Django's storages read files by this method."""
        return iter(self)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all that is left when negative, nothing at the end."""
        if size < 0:
            return b"".join(self)
        found = [self._held.read(size)]
        missing = size - len(found[0])
        while missing and (piece := self._next()):
            self._held = io.BytesIO(piece)
            found.append(self._held.read(missing))
            missing -= len(found[-1])
        return b"".join(found)

    def save(self, path: str | os.PathLike[str] | IO[bytes]) -> Path | None:
        """Write the file to a path, a directory (under Zoho's name) or an open binary file.

        Return the path written. A half-written file is removed when the download breaks off.
        """
        with self:
            if not isinstance(path, str | os.PathLike):
                self._write(path)
                return None
            target = Path(path)
            if target.is_dir():
                target /= self.filename or "download"
            partial = target.with_name(partial_name())
            try:
                with partial.open("wb") as out:
                    self._write(out)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            return target

    def _write(self, out: IO[bytes]) -> None:
        for piece in self:
            out.write(piece)

    def save_to(self, storage: Storage, name: str = "") -> str:
        """Keep the file in a Django storage and return the name under which it is kept.

        The storage gets a whole file or none: one that went straight there and broke off could not
        be found again, and some storages want to go back and forth in it.
        """
        with self, tempfile.SpooledTemporaryFile(IN_MEMORY) as whole:
            self._write(cast("IO[bytes]", whole))
            whole.seek(0)
            return storage.save(name or self.filename or "download", whole)

    def close(self) -> None:
        """Give the connection back."""
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
