"""A file that gets its name when it is complete, and can be continued until then.

Beside `leads.csv` stand `leads.csv.part`, what was written so far, and `leads.csv.part.json`, how
far it is good. A process that is killed loses what came after the last `commit`.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files import locks
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from .base import cannot_write


@dataclass
class Position:
    """How far a file is. `task` is what it is written for, `seen` what its writer remembers."""

    task: dict[str, Any]
    size: int = 0
    rows: int = 0
    seen: dict[str, Any] = field(default_factory=dict)


class PartFile:
    """The unfinished file for a `target`.

    `position.rows` is 0 for a new one; with `may_begin=False` it is no new one. Raises CommandError
    where another process is writing it, when it cannot be written, or when there is nothing to go
    on with, or what was begun for another task.
    """

    def __init__(
        self, target: Path, task: dict[str, Any], *, resume: bool, may_begin: bool = True
    ) -> None:
        self.target = target.resolve()
        self.path, self._state = _names_of(self.target)
        if not may_begin and not self.is_begun(target):
            raise CommandError(
                _("Nothing is unfinished of %(path)s: leave out --resume.")
                % {"path": self.target.name}
            )
        self._file = self._locked()
        try:
            known = self._known(task) if resume else None
            if known is None and not may_begin:
                raise CommandError(
                    _("%(path)s is damaged, and cannot be gone on with.")
                    % {"path": self._state.name}
                )
            self.position = known or Position(task)
            self._file.truncate(self.position.size)
            self._file.seek(0, os.SEEK_END)  # which truncating does not do
            if known is None:
                self._state.unlink(missing_ok=True)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def is_begun(target: Path) -> bool:
        """Tell whether a file is unfinished."""
        # Between getting its name and losing its state, a file is finished.
        return all(path.exists() for path in _names_of(target.resolve()))

    def _locked(self) -> BinaryIO:
        while True:
            try:
                file = self.path.open("ab")
                if self.target.exists():  # what only its owner may read stays so
                    shutil.copymode(self.target, self.path)
            except OSError as error:
                raise cannot_write(self.path, error) from error
            if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
                file.close()
                raise CommandError(
                    _("%(path)s is being written by another process.") % {"path": self.target.name}
                )
            if self.path.exists() and os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                return file
            file.close()  # it has got its name meanwhile, and is whole

    def _known(self, task: dict[str, Any]) -> Position | None:
        try:
            position = Position(**json.loads(self._state.read_text("utf-8")))
        except (OSError, ValueError, TypeError):  # none, or none that was written here
            return None
        if os.fstat(self._file.fileno()).st_size < position.size:
            return None
        if different := [name for name in task if position.task.get(name) != task[name]]:
            raise CommandError(
                _(
                    "%(path)s was begun with another value of %(names)s: give the same to go on, "
                    "or leave out --resume to begin anew."
                )
                % {"path": self.path.name, "names": ", ".join(sorted(different))}
            )
        return position

    def write(self, text: str) -> None:
        """Append text."""
        # A lone surrogate, which JSON can hold, has no form in UTF-8.
        self._file.write(text.encode("utf-8", "replace"))

    def commit(self, rows: int, **seen: Any) -> None:
        """Flush what was written to disk, so that it survives a crash."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.position.size = self._file.tell()
        self.position.rows = rows
        self.position.seen = seen
        new = self._state.with_name(f"{self._state.name}.new")
        new.write_text(json.dumps(asdict(self.position)), "utf-8")
        shutil.copymode(self.path, new)
        os.replace(new, self._state)

    def finish(self) -> None:
        """Give the file its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self.path, self.target)
        self._state.unlink(missing_ok=True)
        self.close()

    def discard(self) -> None:
        """Remove what was written."""
        self.path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Close the file, for another process to continue."""
        self._file.close()


def _names_of(target: Path) -> tuple[Path, Path]:
    return (
        target.with_name(f"{target.name}.part"),
        target.with_name(f"{target.name}.part.json"),
    )
