"""Channels that watch modules for notifications, and the changes to notify them of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

OPERATIONS = ("create", "edit", "delete", "all")
MAX_FIELDS = 10
"""Fields in one condition of a channel."""
SILENT_HOUR = timedelta(hours=1)
"""The life of a channel whose expiry is missing or too far away; there is no error."""


def max_lifetime(version: float) -> timedelta:
    """Return the maximum lifetime: a day up to v3, a week later (change log v4)."""
    return timedelta(days=7) if version >= 4 else timedelta(days=1)


def expiry(expires_at: datetime | None, now: datetime, version: float) -> datetime:
    """Return when a channel ends: at its expires_at, or in an hour if that is not allowed."""
    if expires_at is None or not now < expires_at <= now + max_lifetime(version):
        return now + SILENT_HOUR
    return expires_at


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel. Immutable: a change creates a new channel.

    `details` contains the caller's other settings: token, return_affected_field_values,
    notify_on_related_action, notification_condition.
    """

    id: str
    events: tuple[str, ...]
    notify_url: str
    expiry: datetime
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def query_params(self) -> dict[str, str]:
        """The query parameters of the address, which the body repeats."""
        return dict(parse_qsl(urlsplit(self.notify_url).query, keep_blank_values=True))

    def watches(self, module: str, operation: str, fields: tuple[str, ...] = ()) -> bool:
        """Return whether the channel reports this event, given the fields that changed."""
        expected_events = {f"{module}.{operation}".lower(), f"{module}.all".lower()}
        if not any(event.lower() in expected_events for event in self.events):
            return False
        if operation != "edit":
            return True
        return all(
            _is_selected(condition["field_selection"], set(fields))
            for condition in self.details["notification_condition"] or ()
            if condition["module"]["api_name"] == module
        )

    def without_events(self, events: tuple[str, ...]) -> Channel:
        """Return the channel without some of its events."""
        return replace(self, events=tuple(event for event in self.events if event not in events))


def is_condition(conditions: Any) -> bool:
    """Return whether a `notification_condition` has the documented shape.

    Fields of modules, at most ten, grouped on two levels (Zoho docs v7 notifications).
    """
    return isinstance(conditions, list) and all(
        isinstance(condition, dict)
        and _has_name(condition.get("module"))
        and 0 < _fields_in(condition.get("field_selection")) <= MAX_FIELDS
        for condition in conditions
    )


def _has_name(reference: Any) -> bool:
    return isinstance(reference, dict) and isinstance(reference.get("api_name"), str)


def _fields_in(selection: Any, levels: int = 2) -> int:
    """Count the fields of a selection; 0 if it is not a valid one."""
    if not isinstance(selection, dict):
        return 0
    if _has_name(selection.get("field")) or _has_name(selection):
        return 1
    group = selection.get("group")
    if not levels or not isinstance(group, list):
        return 0
    counts = [_fields_in(member, levels - 1) for member in group]
    return sum(counts) if all(counts) else 0


def _is_selected(selection: dict[str, Any], changed: set[str]) -> bool:
    """Return whether a selection of fields, possibly nested, matches the changed fields."""
    if "field" in selection:
        return selection["field"]["api_name"] in changed
    if "api_name" in selection:
        return selection["api_name"] in changed
    matched = [_is_selected(member, changed) for member in selection.get("group", ())]
    return all(matched) if selection.get("group_operator") == "and" else any(matched)


Operation = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One change of one record; `fields` are the API names that an update changed."""

    module: str
    operation: Operation
    record_id: str
    fields: tuple[str, ...] = ()
    values: tuple[tuple[str, Any], ...] = ()
