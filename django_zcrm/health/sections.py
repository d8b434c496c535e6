"""Sections of the health report that other apps add, and their contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .connection_health import HealthCondition

_COLLECTORS: dict[str, Callable[[], HealthSection]] = {}

SEVERITY = ("good", "off", "wait", "bad")
"""The kinds of conditions, from harmless to urgent."""


@dataclass(frozen=True)
class HealthEntry:
    """An entry of a section: its name, its condition, and its problem."""

    name: str
    condition: HealthCondition
    words: str = ""
    error: str = ""


@dataclass(frozen=True)
class HealthSection:
    """An app's part of the report: figures for programs, by name, and entries for people.

    `more` is the number of omitted entries, which need no attention.
    """

    key: str
    title: str
    condition: HealthCondition
    figures: dict[str, float | int | None] = field(default_factory=dict)
    entries: list[HealthEntry] = field(default_factory=list)
    more: int = 0


def register(key: str, collect: Callable[[], HealthSection]) -> None:
    """Register a function that collects a section for each report, without requests to Zoho."""
    _COLLECTORS[key] = collect


def collect_sections() -> list[HealthSection]:
    """Return all sections."""
    return [collect() for collect in _COLLECTORS.values()]


def worst(conditions: Iterable[HealthCondition]) -> HealthCondition:
    """Return the most urgent condition. `conditions` must not be empty."""
    return max(conditions, key=lambda condition: SEVERITY.index(condition.kind))
