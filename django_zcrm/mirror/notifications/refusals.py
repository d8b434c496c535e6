"""Finds which of several events Zoho refuses: its error is about all of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...exceptions import ApiError
from ...zoho.client import Client

TRIAL = timedelta(minutes=5)
"""Lifetime of a channel that was opened as a trial, in case it cannot be closed."""


def new_channel_id() -> str:
    """Return an id for a new channel, which the client chooses."""
    return str(10**17 + secrets.randbelow(9 * 10**17))


def without_refused(
    crm: Client, watch: Mapping[str, Any], events: Sequence[str], error: ApiError
) -> tuple[list[str], dict[str, str]]:
    """Return the events that Zoho accepts, and the errors of the others.

    `error` is Zoho's for all of them. Halves are tried until single events are found.
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
    """Return Zoho's error for a channel with these events; None, and close it, without one."""
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
