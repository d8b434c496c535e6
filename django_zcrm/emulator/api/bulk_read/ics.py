"""Writes events as an iCalendar file, the other format of a bulk read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ...state import StoredRecord

_TEXTS = {"Event_Title": "SUMMARY", "Venue": "LOCATION", "Description": "DESCRIPTION"}
_TIMES = {
    "Created_Time": "DTSTAMP",
    "Start_DateTime": "DTSTART",
    "End_DateTime": "DTEND",
    "Modified_Time": "LAST-MODIFIED",
}
MAX_LINE_BYTES = 75
"""Octets (RFC 5545, 3.1); longer lines are folded."""


def write(events: Iterable[StoredRecord]) -> bytes:
    """Return the file in UTF-8."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zoho CRM emulator//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event['id']}"]
        lines += [
            f"{key}:{_moment(event[name])}" for name, key in _TIMES.items() if event.get(name)
        ]
        lines += [f"{key}:{_text(event[name])}" for name, key in _TEXTS.items() if event.get(name)]
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _fold_line(line.encode()))


def _moment(stored: str) -> str:
    return datetime.fromisoformat(stored).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for letter in ("\\", ";", ","):
        value = value.replace(letter, f"\\{letter}")
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _fold_line(line: bytes) -> Iterator[bytes]:
    """Split a line between characters; all parts but the first begin with a space."""
    lead, room = b"", MAX_LINE_BYTES
    while len(line) > room:
        end = room
        while line[end] & 0xC0 == 0x80:
            end -= 1
        yield lead + line[:end]
        line, lead, room = line[end:], b" ", MAX_LINE_BYTES - 1
    yield lead + line
