"""Streams a multipart/form-data body in constant memory.

requests' own `files=` reads every file into memory; an attachment may have 100 MB.
"""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from typing import IO

from ..messages import FilePart


def _quote(name: str) -> str:
    # WHATWG's rule, which browsers follow: these three could end or forge the header.
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _size(content: IO[bytes] | bytes) -> int | None:
    """Return the number of bytes left to send, or None if it is unknown before reading."""
    if isinstance(content, bytes):
        return len(content)
    try:
        here = content.tell()
        content.seek(0, os.SEEK_END)  # some file-like objects return None, so call tell()
        end = content.tell()
        content.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return end - here


class MultipartStream:
    """A readable body of form fields and files.

    It has a length if all its files do; otherwise it is only iterable, and is sent chunked.
    """

    def __init__(self, fields: Sequence[tuple[str, str]], files: Sequence[FilePart]) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._parts: list[tuple[IO[bytes], int]] = []
        """The contents with their bytes left to send, since a file may grow in the meantime."""
        total: int | None = 0
        for name, value in fields:
            total = self._add(
                total,
                f'--{boundary}\r\nContent-Disposition: form-data; name="{_quote(name)}"'
                f"\r\n\r\n{value}\r\n".encode(),
            )
        for part in files:
            head = (
                f"--{boundary}\r\nContent-Disposition: form-data; "
                f'name="{_quote(part.name)}"; filename="{_quote(part.filename)}"\r\n'
                f"Content-Type: {part.content_type}\r\n\r\n"
            )
            total = self._add(total, head.encode())
            total = self._add(total, part.content)
            total = self._add(total, b"\r\n")
        total = self._add(total, f"--{boundary}--\r\n".encode())
        self._total = total
        self._next = 0

    def _add(self, total: int | None, content: IO[bytes] | bytes) -> int | None:
        size = _size(content)
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        self._parts.append((file, sys.maxsize if size is None else size))
        return None if total is None or size is None else total + size

    @property
    def len(self) -> int:
        """Length in bytes; requests asks for it by this name and sends chunked without it."""
        if self._total is None:
            raise AttributeError("len")
        return self._total

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, the rest if `size` is negative."""
        if size < 0:
            return b"".join(self)
        while self._next < len(self._parts):
            file, left = self._parts[self._next]
            if data := file.read(min(size, left)):
                self._parts[self._next] = file, left - len(data)
                return data
            self._next += 1
        return b""

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(64 * 1024):
            yield data
