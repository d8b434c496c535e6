"""How many calls may run concurrently: fewer after Zoho refused one, more again with time. Pure.

Zoho's limit is a known number by edition, so there is nothing to be found out above it. Below it is
additive increase, multiplicative decrease: other programs may use the same OAuth client.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

CONCURRENCY = {"Free": 5, "Standard": 10, "Professional": 15, "Enterprise": 20, "Ultimate": 25}
"""Calls at once by organisation and OAuth client (docs v8 api-limits)."""

HEAVY = 10
"""The same for heavy calls, in every edition (Kaizen 203)."""

UNKNOWN_EDITION = 25
"""The ceiling while the edition is not known: the highest, which refusals bring down."""

SETTLING = 1.0
"""Seconds after a decrease in which further refusals change nothing: they were on their way."""

FIRST_STEP = 1.0
MAX_STEP = 12.0
"""Seconds between two increases: twice as many after one that Zoho refused, up to the second."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The number of concurrent calls allowed now, between 1 and `ceiling`.

    `changed` is when that changed last; `is_raised` says that it rose then; `step` is after how
    many seconds it rises next.
    """

    limit: int
    ceiling: int
    changed: float = float("-inf")
    is_raised: bool = False
    step: float = FIRST_STEP

    def refused(self, now: float) -> Pace:
        """Return the pace after Zoho refused a call for too many concurrent ones."""
        if self.is_raised:
            # The last increase was too much, so the limit is known: right below.
            lower, step = self.limit - 1, min(self.step * 2, MAX_STEP)
        elif now - self.changed < SETTLING:
            return self
        else:
            lower, step = self.limit // 2, FIRST_STEP
        return replace(self, limit=max(lower, 1), changed=now, is_raised=False, step=step)

    def at(self, now: float) -> Pace:
        """Return the pace at a time, if nothing was refused since the last change."""
        if self.limit >= self.ceiling or now - self.changed < self.step:
            return self
        step = FIRST_STEP if self.is_raised else self.step
        return replace(self, limit=self.limit + 1, changed=now, is_raised=True, step=step)

    def below(self, ceiling: int) -> Pace:
        """Return the pace with another ceiling, and at it if it was at the former one."""
        if ceiling == self.ceiling:
            return self
        limit = ceiling if self.limit == self.ceiling else min(self.limit, ceiling)
        return replace(self, limit=limit, ceiling=ceiling)


def starting(ceiling: int) -> Pace:
    """Return the initial pace, before any refusal."""
    return Pace(ceiling, ceiling)


def ceiling_of(edition: str) -> int:
    """Return how many concurrent calls Zoho allows an edition."""
    return CONCURRENCY.get(edition, UNKNOWN_EDITION)


def edition_named(text: str) -> str:
    """Return our name for an edition named by Zoho's API; empty for an unknown one.

    `GET /org` has `license_details.paid_type`. Bundles contain an edition (docs v8 api-limits).
    """
    words = text.lower()
    for named, edition in _EDITIONS.items():
        if named in words:
            return edition
    return ""


_EDITIONS = {
    "free": "Free",
    "starter": "Standard",
    "standard": "Standard",
    "professional": "Professional",
    "enterprise": "Enterprise",
    "zoho one": "Enterprise",
    "zohoone": "Enterprise",
    "ultimate": "Ultimate",
    "crmplus": "Ultimate",
    "crm plus": "Ultimate",
}
