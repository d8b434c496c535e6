"""Names for downloaded files that are harmless on any system, and paths that nothing is lost at."""

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


def safe_name(name: str) -> str:
    """Return the name that a file of this name is saved under in a folder.

    It has no directory, is neither hidden nor a device, starts with no character that a shell or a
    program takes for something else, and has at most 255 bytes, of which the suffix is kept.
    """
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char if char.isprintable() else "" for char in name)
    name = re.sub(r'[<>:"|?*]', "_", name).lstrip(". ").rstrip(". ")
    if not name:
        return DEFAULT_NAME
    if _DEVICE.match(name):
        name = f"_{name}"
    return _shortened(re.sub(r"^[~-]", "_", name), MAX_NAME_BYTES)


def numbered(name: str) -> Iterator[str]:
    """Yield a name, and then `name (1).pdf`, `name (2).pdf` and so on, none of them too long."""
    yield name
    for number in count(1):
        yield _shortened(name, MAX_NAME_BYTES, f" ({number})")


def _shortened(name: str, longest: int, added: str = "") -> str:
    """Return the name with something added before its suffix, cut so that all of it fits."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) > MAX_SUFFIX_BYTES:
        stem, dot, suffix = name, "", ""
    room = longest - len(f"{added}{dot}{suffix}".encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore")
    return f"{kept.rstrip('. ') if not added else kept}{added}{dot}{suffix}"


class Destination:
    """Where a download goes: to a path, which it replaces, or into a folder, beside what is there.

    It is written to a file of its own, which becomes the target when it is complete.
    """

    def __init__(self, path: str | os.PathLike[str], name: str) -> None:
        """`name` is what the file is called in a folder. Raises FileNotFoundError for no folder."""
        self._folder: Path | None = None
        self._target = Path(path)
        if self._target.is_dir():
            self._folder, self._target = self._target, self._target / safe_name(name)
        elif os.fspath(path).endswith(("/", os.sep)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        # Not after the target's name, which may be as long as names can be; and random, since
        # another thread may be saving to the same target.
        self._partial = self._target.with_name(f".{secrets.token_hex(8)}.part")
        self._is_open = False

    def open(self) -> IO[bytes]:
        """Open the file to write to. Raises OSError, with the path that was asked for."""
        try:
            file = self._partial.open("xb")
        except OSError as error:
            raise self._about_target(error) from None
        self._is_open = True
        return file

    def complete(self) -> Path:
        """Make what was written the target; return its path. Raises OSError."""
        try:
            target = self._target if self._folder is None else self._reserved(self._folder)
            self._partial.replace(target)
        except OSError as error:
            raise self._about_target(error) from None
        return target

    def discard(self) -> None:
        """Delete what was written, unless it is complete."""
        if self._is_open:
            self._partial.unlink(missing_ok=True)

    def _reserved(self, folder: Path) -> Path:
        """Create an empty file under the first name that is free; nobody else can get it then."""
        for name in numbered(self._target.name):
            try:
                (folder / name).open("xb").close()
            except FileExistsError:
                continue
            return folder / name
        raise AssertionError("there is always one more number")

    def _about_target(self, error: OSError) -> OSError:
        return type(error)(error.errno, error.strerror, str(self._target))
