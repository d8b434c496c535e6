"""Finding which events of several Zoho does not take: it refuses them as a whole."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...exceptions import ApiError
from ...zoho.client import Client

TRIAL = timedelta(minutes=5)
"""How long a channel for trying lives, if it cannot be closed."""


def new_channel_id() -> str:
    """Return an id for a channel, which whoever opens it chooses."""
    return str(10**17 + secrets.randbelow(9 * 10**17))


def without_refused(
    crm: Client, watch: Mapping[str, Any], events: Sequence[str], error: ApiError
) -> tuple[list[str], dict[str, str]]:
    """Return the events that Zoho takes, and of the others the reason.

    `error` is how it refused all of them. Halves are tried until the single ones are found.
    """
    if len(events) == 1:
        return [], {events[0]: str(error)}
    taken: list[str] = []
    refused: dict[str, str] = {}
    middle = len(events) // 2
    for half in (events[:middle], events[middle:]):
        refusal = _refusal(crm, watch, half)
        if refusal is None:
            taken += half
            continue
        fine, reasons = without_refused(crm, watch, half, refusal)
        taken += fine
        refused.update(reasons)
    return taken, refused


def _refusal(crm: Client, watch: Mapping[str, Any], events: Sequence[str]) -> ApiError | None:
    """Return how Zoho refuses a channel for these events, which is closed again if it does not."""
    channel_id = new_channel_id()
    ends = (timezone.now() + TRIAL).isoformat(timespec="seconds")
    trial = {**watch, "channel_id": channel_id, "events": list(events), "channel_expiry": ends}
    (outcome,) = crm.notifications.create([trial]).outcomes  # type: ignore[list-item]
    if outcome.error is None:
        crm.notifications.delete([channel_id])
        return None
    if not isinstance(outcome.error, ApiError):
        raise outcome.error
    return outcome.error
