"""What the doctor says: one finding for each thing that was checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only a fault prevents calls from working."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What was checked, the result, and what to do about it. It holds no secret."""

    step: str
    level: Level
    words: str
    advice: str = ""


def ok(step: str, words: str) -> Finding:
    """It is as it should be."""
    return Finding(step, Level.OK, words)


def warning(step: str, words: str, advice: str) -> Finding:
    """It works, but perhaps not for long or not for everything."""
    return Finding(step, Level.WARNING, words, advice)


def fault(step: str, words: str, advice: str) -> Finding:
    """This is why it does not work."""
    return Finding(step, Level.FAULT, words, advice)


def skipped(step: str, words: str) -> Finding:
    """It was not checked, for a reason."""
    return Finding(step, Level.SKIPPED, words)
