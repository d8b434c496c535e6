"""How far changes have been read: a position in the order of (Modified_Time, id), by Zoho's clock.

Zoho may add records to a moment that has passed already, since Modified_Time is when a change
began. So every cycle begins an overlap before the last one's end, and ends a while before the
moment when Zoho answered. The clock of this machine decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the order of changes; an empty id comes before all records of that second."""

    time: datetime
    id: str = ""


def start_of(until: datetime, overlap: timedelta) -> Cursor:
    """Return where a cycle starts if the last one was complete `until` a moment."""
    return Cursor(until - overlap)


def horizon(server_time: datetime, settle: timedelta) -> datetime:
    """Return the time up to which an answer of this time is complete."""
    return server_time.replace(microsecond=0) - settle
