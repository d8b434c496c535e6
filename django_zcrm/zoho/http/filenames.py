"""Safe names for downloaded files on any system, and target paths that lose no existing file."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO

MAX_NAME_BYTES = 255
"""Bytes, on nearly every file system."""

MAX_SUFFIX_BYTES = 32
"""Bytes. What follows the last dot of a longer one is no type of file."""

DEFAULT_NAME = "download"

# Devices of Windows, with any suffix (Microsoft, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def sanitize(name: str) -> str:
    """Return a safe form of a file name, for saving the file in a folder.

    The name has no directory, is neither hidden nor a device, and does not start with a character
    that is special to a shell or a program. It has at most 255 bytes; shortening keeps the suffix.
    """
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char if char.isprintable() else "" for char in name)
    name = re.sub(r'[<>:"|?*]', "_", name).lstrip(". ").rstrip(". ")
    if not name:
        return DEFAULT_NAME
    if _DEVICE.match(name):
        name = f"_{name}"
    return _shorten(re.sub(r"^[~-]", "_", name), MAX_NAME_BYTES)


def number_names(name: str) -> Iterator[str]:
    """Yield a name, and then `name (1).pdf`, `name (2).pdf` and so on, none of them too long."""
    yield name
    for number in count(1):
        yield _shorten(name, MAX_NAME_BYTES, f" ({number})")


def _shorten(name: str, longest: int, added: str = "") -> str:
    """Return the name with an addition before its suffix, shortened to the maximum length."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) > MAX_SUFFIX_BYTES:
        stem, dot, suffix = name, "", ""
    room = longest - len(f"{added}{dot}{suffix}".encode())
    start = stem.encode()[:room].decode("utf-8", "ignore")
    return f"{start.rstrip('. ') if not added else start}{added}{dot}{suffix}"


class Destination:
    """The target of a download: a path, which it replaces, or a folder, where it gets a new name.

    The content is written to a separate file, which becomes the target when it is complete.
    """

    def __init__(self, path: str | os.PathLike[str], name: str) -> None:
        """`name` is the file's name in a folder. Raises FileNotFoundError if there is no folder."""
        self._folder: Path | None = None
        self._target = Path(path)
        if self._target.is_dir():
            self._folder, self._target = self._target, self._target / sanitize(name)
        elif os.fspath(path).endswith(("/", os.sep)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        # Not derived from the target's name, which may have the maximum length. Random, since
        # another thread may be saving to the same target.
        self._partial = self._target.with_name(f".{secrets.token_hex(8)}.part")
        self._file: IO[bytes] | None = None

    def open(self) -> IO[bytes]:
        """Open the file to write to. Raises OSError with the requested path."""
        try:
            self._file = self._partial.open("xb")
        except OSError as error:
            raise self._about_target(error) from None
        return self._file

    def complete(self) -> Path:
        """Rename the written file to the target; return its path. Raises OSError."""
        try:
            target = self._target if self._folder is None else self._reserve(self._folder)
            self._partial.replace(target)
        except OSError as error:
            raise self._about_target(error) from None
        return target

    def discard(self) -> None:
        """Close and delete the written file, unless it is complete."""
        if self._file is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def _reserve(self, folder: Path) -> Path:
        """Create an empty file under the first free name, which reserves it."""
        for name in number_names(self._target.name):
            try:
                (folder / name).open("xb").close()
            except FileExistsError:
                continue
            return folder / name
        raise AssertionError("there is always one more number")

    def _about_target(self, error: OSError) -> OSError:
        return type(error)(error.errno, error.strerror, str(self._target))
