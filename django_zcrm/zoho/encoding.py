"""How Python values are written for Zoho: query text, path segments, JSON and multipart parts.

Knows nothing of operations. Dates become ISO 8601 without fractions, booleans `true`/`false`,
lists are joined by commas (facts: Zoho's parameter tables; date formats from the records pages).
"""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

from .errors import ConfigurationError

try:
    from orjson import loads as _loads
except ImportError:  # the extra [orjson] is not installed
    from json import loads as _loads

loads: Callable[[bytes], Any] = _loads
"""Decode JSON bytes. Raises ValueError."""


def iso(moment: datetime) -> str:
    """Write a datetime as Zoho wants it: seconds, and an offset.

    Zoho refuses fractions and times without an offset, and guessing a zone would move
    appointments: a naive datetime raises ConfigurationError.
    """
    if moment.utcoffset() is None:
        raise ConfigurationError(
            f"{moment!r} has no time zone; Zoho needs one, so pass an aware datetime."
        )
    return moment.isoformat(timespec="seconds")


def text(value: Any) -> str:
    """Write one query or form value as text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Enum():
            return text(value.value)
        case Mapping():
            return dumps(value).decode()
        case Iterable() if not isinstance(value, bytes):
            return ",".join(text(item) for item in value)
        case _:
            return str(value)


def segment(value: Any, safe: str = "") -> str:
    """Write one path segment, percent-encoded.

    `.` and `..` are refused: they would name another URL, and percent-encoding does not help
    against a server that decodes first.
    """
    written = text(value)
    if not written or any(part in {"", ".", ".."} for part in written.split("/")):
        raise ConfigurationError(f"{value!r} cannot stand in a URL.")
    return quote(written, safe=safe)


def _json_default(value: Any) -> Any:
    match value:
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Decimal():
            # Zoho's currency takes 16 digits and 9 decimals, more than a float keeps; it reads
            # numbers in text as well.
            return int(value) if value == value.to_integral_value() else str(value)
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value)
        case Iterable() if not isinstance(value, bytes):
            return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON for Zoho")


def dumps(value: Any) -> bytes:
    """Encode a body as JSON. Raises TypeError for what JSON cannot hold."""
    return json.dumps(
        value, default=_json_default, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def params(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Write query or form parameters in the order given, leaving out those that are None."""
    return tuple((name, text(value)) for name, value in given.items() if value is not None)


type_of = mimetypes.guess_type

File = IO[bytes] | tuple[str, IO[bytes] | bytes]
"""A file to upload: an open binary file with a name, or `(name, bytes or open binary file)`."""


def file_content(given: Any) -> tuple[str, IO[bytes] | bytes, int | None]:
    """Read what people pass as a file: return name, content, and where the file stands.

    Takes `(name, bytes or open binary file)`, an open binary file, or anything with `read()` and
    `.name`. Raises ConfigurationError for a path (open it first) or a text file.
    """
    name, content = given if isinstance(given, tuple) else ("", given)
    if isinstance(content, bytes | bytearray | memoryview):
        return name or "file", bytes(content), None
    if not hasattr(content, "read"):
        raise ConfigurationError(
            f"A file is an open binary file or (name, bytes), not {type(content).__name__}."
        )
    if hasattr(content, "encoding") and not hasattr(content, "mode"):
        raise ConfigurationError("The file is open as text; open it with mode 'rb'.")
    if "b" not in str(getattr(content, "mode", "b")):
        raise ConfigurationError("The file is open as text; open it with mode 'rb'.")
    given_name = getattr(content, "name", "")
    name = name or os.path.basename(given_name if isinstance(given_name, str) else "") or "file"
    try:
        start = content.tell() if content.seekable() else None
    except (AttributeError, OSError, ValueError):
        start = None
    return name, content, start
