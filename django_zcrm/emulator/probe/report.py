"""The results of a run: probe.json, and the same as readable text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..._version import __version__
from ..guesses import FORMAT, guesses
from .running import Facts, ProbeOutcome


def result_of(outcome: ProbeOutcome) -> dict[str, Any]:
    """Return the content of probe.json.

    It contains no text from Zoho except codes, and only the kind of the organisation.
    """
    return {
        "format": FORMAT,
        "django_zcrm": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        **outcome.about,
        "credits": outcome.credits,
        "facts": outcome.facts,
    }


def report_of(facts: Facts) -> str:
    """Return the facts as text: differences first, then unknown facts, then the rest."""
    return "\n".join([*_different(facts), *_unknown(facts), *_list_confirmed(facts)])


def describe(fact: dict[str, str]) -> str:
    """Return one fact in a few words."""
    finding = fact.get("behaviour") or fact.get("observed") or fact.get("reason")
    return f"{fact['verdict']}: {finding}"


def _of(facts: Facts, verdict: str) -> list[str]:
    return [name for name, fact in facts.items() if fact["verdict"] == verdict]


def _different(facts: Facts) -> Iterator[str]:
    names = _of(facts, "different")
    yield f"Different from the emulator: {len(names)}"
    for name in names:
        finding = facts[name].get("behaviour") or f"something else ({facts[name]['observed']})"
        yield f"  {name}: {guesses()[name].subject}"
        yield f"    Zoho: {finding}; the emulator: {guesses()[name].knob[0]}"


def _unknown(facts: Facts) -> Iterator[str]:
    names = _of(facts, "unknown")
    yield f"Unknown: {len(names)}"
    for name in names:
        yield f"  {name}: {facts[name]['reason']}"


def _list_confirmed(facts: Facts) -> Iterator[str]:
    names = _of(facts, "confirmed")
    yield f"Confirmed: {len(names)}"
    for name in names:
        yield f"  {name}: {facts[name]['behaviour']}"
