"""Searching records."""

from __future__ import annotations

from ..answers import Unknown
from ..lab import MARK, Lab
from ..registry import probe

_NOWHERE = "(State:starts_with:Zzzz)"


def _test_criteria(lab: Lab, criteria: str, version: str = "v8") -> str:
    return lab.search("Leads", criteria, version).either("taken", "refused")


@probe("records.search-criteria")
def search_by_eleven(lab: Lab) -> str:
    """Search by eleven criteria in v7."""
    criteria = _NOWHERE
    for _ in range(10):
        criteria = f"({criteria}and{_NOWHERE})"
    return lab.search("Leads", criteria, "v7").either("15", "10-to-v7")


@probe("records.bare-criterion")
def search_without_parentheses(lab: Lab) -> str:
    """Search by a criterion without parentheses."""
    return _test_criteria(lab, "State:starts_with:Zzzz")


@probe("records.search-empty")
def search_empty(lab: Lab) -> str:
    """Search for an empty value."""
    return _test_criteria(lab, "(State:equals:${EMPTY})")


@probe("records.missing-value")
def search_without_value(lab: Lab) -> str:
    """Leave the value of a criterion out."""
    return _test_criteria(lab, "(State:equals:)")


@probe("records.search-equals")
def search_by_part(lab: Lab) -> str:
    """Search by `equals` and a part of the value."""
    return "contains" if lab.finds("Leads", "(City:equals:Probe)", lab.lead) else "exact"


@probe("records.and-or")
def mix_and_with_or(lab: Lab) -> str:
    """Mix `and` and `or` without parentheses."""
    lab.await_index("Leads", lab.lead)
    answer = lab.search("Leads", f"(City:starts_with:Probe)or{_NOWHERE}and{_NOWHERE}")
    if answer.either("taken", "refused") == "refused":
        return "refused"
    is_found = any(str(row["id"]) == lab.lead for row in answer.rows)
    return "and-first" if is_found else "left-to-right"


@probe("records.global-search")
def search_all_modules(lab: Lab) -> str:
    """Search all modules for the probe's records."""
    lab.await_index("Leads", lab.lead)
    rows = lab.ask("GET", "search", params={"searchword": MARK}).check().rows
    if not rows:
        raise Unknown("the search found nothing")
    return "whole" if "Created_Time" in rows[0] else "partial"
