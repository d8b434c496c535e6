"""Notification channels."""

from __future__ import annotations

from typing import Any

from ..answers import Answer
from ..lab import CHANNEL, MARK, Lab
from ..registry import probe

_EVENT = "Solutions.create"
_URL = "https://example.com/zcrm-probe"
"""Nothing is sent there: nobody creates solutions in the seconds until the channel is closed."""


def _open(lab: Lab, **values: Any) -> Answer:
    """Try to open a channel, and close it."""
    channel = {"channel_id": CHANNEL, "events": [_EVENT], "notify_url": _URL, **values}
    lab.journal.note_created("watch", str(channel["channel_id"]))
    answer = lab.ask("POST", "actions/watch", {"watch": [channel]})
    if answer.is_ok:
        lab.ask("DELETE", "actions/watch", params={"channel_ids": channel["channel_id"]})
    return answer


@probe("notifications.channel-id")
def open_by_text(lab: Lab) -> str:
    """Use a text as the channel's id."""
    return _open(lab, channel_id=MARK).either("text", "numbers")


@probe("notifications.token")
def open_with_long_token(lab: Lab) -> str:
    """Use a token of 51 letters."""
    return _open(lab, token="x" * 51).either("256", "50")


@probe("notifications.plain-http")
def open_by_plain_http(lab: Lab) -> str:
    """Name an address without TLS."""
    return _open(lab, notify_url=_URL.replace("https", "http")).either("taken", "refused")


@probe("notifications.condition")
def open_with_bad_condition(lab: Lab) -> str:
    """Set a condition that is none."""
    condition = [{"type": "field_selection", "field_selection": {}}]
    return _open(lab, notification_condition=condition).either("ignored", "refused")


@probe("notifications.invalid-event")
def open_for_unknown_event(lab: Lab) -> str:
    """Name an event that exists and one that does not."""
    return _open(lab, events=[_EVENT, "Solutions.nothing"]).either("taken", "refused")
