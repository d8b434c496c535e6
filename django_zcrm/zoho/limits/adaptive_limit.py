"""The number of concurrent calls: lower after a refusal, higher again with time. Pure.

Zoho's limit for each edition is known, so the number never exceeds it. Below that limit, the number
follows additive increase and multiplicative decrease, because other programs may use the same OAuth
client.
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
class AdaptiveLimit:
    """The number of concurrent calls allowed now, between 1 and `ceiling`.

    `changed` is the time of the last change; `is_raised` is true if that was an increase; `step` is
    the number of seconds until the next increase.
    """

    limit: int
    ceiling: int
    changed: float = float("-inf")
    is_raised: bool = False
    step: float = FIRST_STEP

    def decrease(self, now: float) -> AdaptiveLimit:
        """Return the adaptive limit after Zoho refused a call for too many concurrent ones."""
        if self.is_raised:
            # The last increase was too much, so the real limit is just below it.
            lower, step = self.limit - 1, min(self.step * 2, MAX_STEP)
        elif now - self.changed < SETTLING:
            return self
        else:
            lower, step = self.limit // 2, FIRST_STEP
        return replace(self, limit=max(lower, 1), changed=now, is_raised=False, step=step)

    def at(self, now: float) -> AdaptiveLimit:
        """Return the adaptive limit at a time, if no call was refused since the last change."""
        if self.limit >= self.ceiling or now - self.changed < self.step:
            return self
        step = FIRST_STEP if self.is_raised else self.step
        return replace(self, limit=self.limit + 1, changed=now, is_raised=True, step=step)

    def below(self, ceiling: int) -> AdaptiveLimit:
        """Return the limit with another ceiling; a limit at the old one moves to the new one."""
        if ceiling == self.ceiling:
            return self
        limit = ceiling if self.limit == self.ceiling else min(self.limit, ceiling)
        return replace(self, limit=limit, ceiling=ceiling)


def initial_limit(ceiling: int) -> AdaptiveLimit:
    """Return the initial limit, before any refusal."""
    return AdaptiveLimit(ceiling, ceiling)


def ceiling_of(edition: str) -> int:
    """Return the number of concurrent calls that Zoho allows an edition."""
    return CONCURRENCY.get(edition, UNKNOWN_EDITION)


def edition_named(text: str) -> str:
    """Return our name for an edition named by Zoho's API; empty for an unknown one.

    `GET /org` has `license_details.paid_type`. Bundles contain an edition (docs v8 api-limits).
    """
    words = text.lower()
    for name, edition in _EDITIONS.items():
        if name in words:
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
