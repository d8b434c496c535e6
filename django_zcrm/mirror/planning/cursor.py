"""The position up to which changes were read, in the order of (Modified_Time, id).

Modified_Time is the time when a change began, so records may appear with a time that has already
passed. Therefore every poll starts an overlap before the end of the last one, and ends some time
before the time of Zoho's response. Only Zoho's clock counts, not that of this machine.
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
    """Return where a poll starts if the last one was complete `until` a time."""
    return Cursor(until - overlap)


def safe_until(server_time: datetime, settle: timedelta) -> datetime:
    """Return the time up to which a response of `server_time` is complete."""
    return server_time.replace(microsecond=0) - settle
