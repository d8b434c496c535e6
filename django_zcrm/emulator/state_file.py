"""Saves an emulator's state in a file: read at the start, written regularly and at the end."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from .app import Emulator

SAVE_SECONDS = 5.0
"""Seconds between checks for changes."""


class StateFile:
    """Keeps the state of an emulator while a block runs.

    The file holds tokens, so only its owner may read it. It is replaced atomically: a program
    killed while writing leaves the previous state. Raises OSError, and ValueError for a file
    without a valid state.
    """

    def __init__(self, emulator: Emulator, path: Path, every: float = SAVE_SECONDS) -> None:
        self._emulator = emulator
        self._path = path
        self._every = every
        self._saved = -1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="zcrm-emulator-state", daemon=True)

    def __enter__(self) -> Self:
        if self._path.exists():
            self._emulator.load(self._path.read_text("utf-8"))
        self.save()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._saved = -1  # the emulator does not count changes without a request
        self.save()

    def save(self) -> None:
        """Write the state if it may have changed since the last save."""
        changes = self._emulator.changes
        if changes == self._saved:
            return
        text = self._emulator.dump()
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._path)
        self._saved = changes

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.save()
            except OSError as error:
                # The disk may be full for a while; the next save tries again.
                sys.stderr.write(f"The state could not be kept: {error}\n")
