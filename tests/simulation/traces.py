"""Reads the traces of histories."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile


def of_step(trace: Sequence[str], step: object) -> str:
    """Return what happened in a step, or in the "quiet" period, as one text."""
    begin = [line.split(" ", 1)[0] for line in trace].index(str(step)) + 1
    return "\n".join(takewhile(lambda line: line.startswith(" "), trace[begin:]))
