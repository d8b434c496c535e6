"""The findings of the doctor, one for each check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The severity of a finding. Only a fault prevents calls from working."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """A check, its result, and the recommended action. It contains no secret."""

    step: str
    level: Level
    words: str
    advice: str = ""


def ok(step: str, words: str) -> Finding:
    """Return a finding without a problem."""
    return Finding(step, Level.OK, words)


def warning(step: str, words: str, advice: str) -> Finding:
    """Return a finding for something that works only for a short time or only in part."""
    return Finding(step, Level.WARNING, words, advice)


def fault(step: str, words: str, advice: str) -> Finding:
    """Return a finding for a reason why calls fail."""
    return Finding(step, Level.FAULT, words, advice)


def skipped(step: str, words: str) -> Finding:
    """Return a finding for a check that was skipped, with the reason."""
    return Finding(step, Level.SKIPPED, words)
