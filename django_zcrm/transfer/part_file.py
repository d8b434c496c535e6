"""A file that gets its name when it is complete, and can be continued until then.

Next to `leads.csv` are `leads.csv.part`, the content so far, and `leads.csv.part.json`, its state.
A killed process loses the content after the last `commit`.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files import locks
from django.utils.translation import gettext as _

from .errors import TransferError, cannot_write

WriterState = dict[str, Any]

MAX_STATE = 4 * 1024 * 1024
"""Bytes of a state; a larger one is not ours."""

_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass
class Position:
    """The progress of a file; `task` describes the export or import."""

    task: dict[str, Any]
    size: int = 0
    rows: int = 0
    writer_state: WriterState = field(default_factory=dict)


class PartFile:
    """The unfinished file for a `target`, which no other process writes until it is closed.

    Call `begin` or `resume` before writing. Raises TransferError if another process is writing it,
    or if it cannot be written. Links are not followed, except that of the target.
    """

    def __init__(self, target: Path) -> None:
        try:
            self.target = target.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a path with NUL
            raise cannot_write(target, error) from error
        self.path = self.target.with_name(f"{self.target.name}.part")
        self.state = self.target.with_name(f"{self.target.name}.part.json")
        self.position = Position({})
        self._file = self._open_locked()

    @property
    def is_begun(self) -> bool:
        """Whether the file was begun, and can be resumed."""
        # Between getting its name and losing its state, a file is complete, and this one empty.
        return _exists(self.state) and os.fstat(self._file.fileno()).st_size > 0

    def begin(self, task: dict[str, Any]) -> None:
        """Begin from the start, and discard earlier contents."""
        self.position = Position(task)
        self.state.unlink(missing_ok=True)
        self._file.truncate(0)
        self._file.seek(0)

    def resume(self, task: dict[str, Any], check: Callable[[WriterState, int], bool]) -> bool:
        """Go to the end of the committed text; return whether there is a state to resume from.

        `check` takes `writer_state` and the number of rows, and returns whether the writer can use
        them. Raises TransferError if the file was begun for another task.
        """
        position = self._read_state()
        if position is None or not check(position.writer_state, position.rows):
            return False
        if different := [name for name in task if position.task.get(name) != task[name]]:
            raise TransferError(
                _(
                    "%(path)s was begun with another value of %(names)s: use the same value to "
                    "continue, or omit --resume to begin again."
                )
                % {"path": self.path.name, "names": ", ".join(sorted(different))}
            )
        self.position = position
        self._file.truncate(position.size)
        self._file.seek(0, os.SEEK_END)  # which truncating does not do
        return True

    def write(self, text: str) -> None:
        """Append text."""
        # A lone surrogate, which JSON can contain, has no form in UTF-8.
        self._file.write(text.encode("utf-8", "replace"))

    def commit(self, rows: int, **writer_state: Any) -> None:
        """Flush the content to disk, so that it survives a crash."""
        self._flush(self._file)
        self.position.size = self._file.tell()
        self.position.rows = rows
        self.position.writer_state = writer_state
        new = self.state.with_name(f"{self.state.name}.new")
        new.unlink(missing_ok=True)
        with _open_plain(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as file:
            _copy_mode(self.path, new, file)
            file.write(json.dumps(asdict(self.position)).encode())
            self._flush(file)
        os.replace(new, self.state)

    def finish(self) -> None:
        """Give the file its name."""
        self._flush(self._file)
        os.replace(self.path, self.target)
        self.state.unlink(missing_ok=True)
        self._file.close()

    def discard(self) -> None:
        """Remove the part file and its state."""
        self.state.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Close the file, for another process to resume; without a state nothing is left."""
        if self._file.closed:
            return
        if not _exists(self.state):
            self.path.unlink(missing_ok=True)
        self._file.close()

    def _open_locked(self) -> BinaryIO:
        while True:
            try:
                file = _open_plain(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
                if self.target.exists():  # a private file stays private
                    _copy_mode(self.target, self.path, file)
            except OSError as error:
                raise cannot_write(self.path, error) from error
            if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
                file.close()
                raise TransferError(
                    _("%(path)s is being written by another process.") % {"path": self.target.name}
                )
            if _exists(self.path) and os.path.samestat(
                os.fstat(file.fileno()), os.lstat(self.path)
            ):
                return file
            file.close()  # in the meantime it was completed, or removed

    def _read_state(self) -> Position | None:
        """Return the committed position; None if it is missing or damaged."""
        try:
            with _open_plain(self.state, os.O_RDONLY) as file:
                value = json.loads(file.read(MAX_STATE))
        except (OSError, ValueError, RecursionError):
            return None
        match value:
            case {
                "task": dict(task),
                "size": int(size),
                "rows": int(rows),
                "writer_state": dict(writer_state),
            }:
                is_possible = 0 <= size <= os.fstat(self._file.fileno()).st_size and rows >= 0
                return Position(task, size, rows, writer_state) if is_possible else None
        return None

    @staticmethod
    def _flush(file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())


def _open_plain(path: Path, flags: int) -> BinaryIO:
    """Open a plain file. Raises OSError, also for a link, which may point to another's file."""
    if path.is_symlink():
        raise _not_plain(path)
    try:
        descriptor = os.open(path, flags | _PLAIN, 0o666)
    except ValueError as error:  # a path with NUL
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise _not_plain(path)
    mode = "ab" if flags & os.O_APPEND else "wb" if flags & os.O_WRONLY else "rb"
    return cast("BinaryIO", os.fdopen(descriptor, mode))


def _not_plain(path: Path) -> OSError:
    return OSError(errno.ELOOP, _("it is a link, or not a plain file"), str(path))


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _copy_mode(source: Path, path: Path, file: BinaryIO) -> None:
    """Copy the permissions of `source` to the open file."""
    mode = stat.S_IMODE(source.stat().st_mode)
    os.chmod(file.fileno() if os.chmod in os.supports_fd else path, mode)
