"""Sections of the health report that other apps add, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .states import HealthCondition

_COLLECTORS: dict[str, Callable[[], HealthSection]] = {}

SEVERITY = ("good", "off", "wait", "bad")
"""The kinds of conditions, from what nobody has to look at to what somebody must."""


@dataclass(frozen=True)
class HealthEntry:
    """One thing in a section: how it does, in words, and what is wrong with it."""

    name: str
    condition: HealthCondition
    words: str = ""
    error: str = ""


@dataclass(frozen=True)
class HealthSection:
    """What an app tells of itself: figures for programs, by name, and entries for people.

    `more` is how many entries are left out: those that nobody has to look at.
    """

    key: str
    title: str
    condition: HealthCondition
    figures: dict[str, float | int | None] = field(default_factory=dict)
    entries: list[HealthEntry] = field(default_factory=list)
    more: int = 0


def register(key: str, collect: Callable[[], HealthSection]) -> None:
    """Have a section collected for each report; asking Zoho is not for it to do."""
    _COLLECTORS[key] = collect


def collect_sections() -> list[HealthSection]:
    """Return all sections."""
    return [collect() for collect in _COLLECTORS.values()]


def worst(conditions: Iterable[HealthCondition]) -> HealthCondition:
    """Return the condition that most needs somebody to look. There is at least one."""
    return max(conditions, key=lambda condition: SEVERITY.index(condition.kind))
