"""Finds which of several events Zoho refuses, because its error does not name the event."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...exceptions import ApiError
from ...reasons import reason_of
from ...zoho.client import Client

TRIAL = timedelta(minutes=5)
"""Lifetime of a trial channel, in case it cannot be closed."""


def generate_channel_id() -> str:
    """Return an id for a new channel; the client chooses these ids."""
    return str(10**17 + secrets.randbelow(9 * 10**17))


def is_about_events(error: ApiError) -> bool:
    """Whether Zoho refuses the events of a channel, and not the channel."""
    return error.field == "events" or error.code in ("NO_PERMISSION", "INVALID_MODULE")


def split_refused(
    crm: Client, watch: Mapping[str, Any], events: Sequence[str], error: ApiError
) -> tuple[list[str], dict[str, str]]:
    """Return the events that Zoho accepts, and the errors of the others by event.

    `error` is Zoho's error for all events. Tries halves until it finds the single events.
    """
    if len(events) == 1:
        return [], {events[0]: reason_of(error)}
    accepted: list[str] = []
    refused: dict[str, str] = {}
    middle = len(events) // 2
    for half in (events[:middle], events[middle:]):
        refusal = _try_events(crm, watch, half)
        if refusal is None:
            accepted += half
            continue
        accepted_half, reasons = split_refused(crm, watch, half, refusal)
        accepted += accepted_half
        refused.update(reasons)
    return accepted, refused


def _try_events(crm: Client, watch: Mapping[str, Any], events: Sequence[str]) -> ApiError | None:
    """Return Zoho's error for a channel with these events; None, and close it, without one.

    Raises the errors that are not about events.
    """
    channel_id = generate_channel_id()
    ends = (timezone.now() + TRIAL).isoformat(timespec="seconds")
    trial = {**watch, "channel_id": channel_id, "events": list(events), "channel_expiry": ends}
    (outcome,) = crm.notifications.create([trial]).outcomes  # type: ignore[list-item]
    if outcome.error is None:
        crm.notifications.delete([channel_id])
        return None
    if isinstance(outcome.error, ApiError) and is_about_events(outcome.error):
        return outcome.error
    raise outcome.error
