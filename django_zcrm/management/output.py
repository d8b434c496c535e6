"""The output streams of commands."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

PIPE_CLOSED = 141
"""The exit code that shells give to a command that SIGPIPE ended."""

_CONTROL = re.compile(
    # Colours of Django's styles stay. Code 8, which hides text, is not one of them.
    r"(\x1b\[(?:(?:[01457]|[34][0-7])(?:;(?:[01457]|[34][0-7])){0,6})?m)"
    # All other control characters except tab and newline, characters that change the text's
    # direction, and lone surrogates, which UTF-8 cannot encode.
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class OutputClosed(SystemExit):
    """The reader of the output closed it, as in `| head`: the command ends without a message."""


class CommandStream:
    """Writes to a stream without escape sequences: texts from Zoho could control the terminal.

    Colours stay. `stream` is the underlying stream, for data that must be written unchanged.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text without control characters other than tab and newline."""
        with closing_silently():
            return self.stream.write(_CONTROL.sub(lambda match: match[1] or "", text))

    def flush(self) -> None:
        """Flush the stream."""
        if hasattr(self.stream, "flush"):
            with closing_silently():
                self.stream.flush()


@contextmanager
def closing_silently() -> Iterator[None]:
    """Raise OutputClosed if the reader of a pipe has closed it."""
    try:
        yield
    except BrokenPipeError:
        discard_output()
        raise OutputClosed(PIPE_CLOSED) from None


def discard_output() -> None:
    """Keep Python from reporting the closed pipe again when it flushes standard output."""
    with suppress(OSError, ValueError):  # standard output may have no file descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
