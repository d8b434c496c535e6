"""Encodes Python values for Zoho: query text, path segments, JSON and multipart parts.

Dates become ISO 8601 without fractions, booleans `true`/`false`, lists are joined with commas
(sources: Zoho's parameter tables; date formats from the records pages).
"""

from __future__ import annotations

import json
import mimetypes
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from math import isfinite
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

from ..errors import ConfigurationError
from ..secret import JSONSecret, Secret

try:
    from orjson import loads as _loads
except ImportError:  # the extra [orjson] is not installed
    from json import loads as _loads

loads: Callable[[bytes], Any] = _loads
"""Decode JSON bytes. Raises ValueError."""


def iso(moment: datetime) -> str:
    """Format a datetime for Zoho: to the second, with an offset.

    Zoho refuses fractions and times without an offset, and guessing a time zone would move
    appointments: a naive datetime raises ConfigurationError. An offset with seconds (local mean
    time, before about 1900) has no form for Zoho, so such a time is in UTC.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ConfigurationError(
            f"{moment!r} has no time zone; Zoho needs one, so pass an aware datetime."
        )
    if offset % timedelta(minutes=1):
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ConfigurationError(f"{moment!r} is before the year 1 in UTC.") from None
    return moment.isoformat(timespec="seconds")


def text(value: Any) -> str:
    """Encode one query or form value as text.

    Raises ConfigurationError for a value that has no such form: bytes, a naive datetime, NaN.
    """
    # Most values have one of these types, so the other types are checked later.
    if type(value) is list and set(map(type, value)) == {str}:
        value = ",".join(value)
    if type(value) is str:
        return value if value.isascii() else _check_surrogates(value)
    if type(value) is int:
        return str(value)
    match value:
        case Enum():
            return text(value.value)
        case str():
            return value if value.isascii() else _check_surrogates(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Decimal():
            return _decimal(value)
        case float() if not isfinite(value):
            raise ConfigurationError(f"{value} is not a number that Zoho accepts.")
        case Mapping():
            return dumps(value).decode()
        case Secret():
            raise ConfigurationError(
                "A Secret cannot be sent like this; use its reveal() if it must be."
            )
        case bytes() | bytearray() | memoryview():
            raise ConfigurationError("Bytes cannot be sent in a URL or a form: decode them first.")
        case Iterable() if not _is_lazy_text(value):
            items = list(value)
            if any(isinstance(item, Mapping) for item in items if type(item) is not str):
                return dumps(items).decode()
            return ",".join(text(item) for item in items if item is not None)
        case _:
            return str(value)


def _check_surrogates(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("The text contains a lone surrogate.") from None
    return value


def _is_lazy_text(value: Any) -> bool:
    """Return whether an iterable is text but not a str, such as Django's lazy translations."""
    return hasattr(value, "casefold")


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def is_header_value(value: str) -> bool:
    """Return whether a text is valid in an HTTP header."""
    return _HEADER_VALUE.fullmatch(value) is not None


def headers(values: Mapping[str, Any]) -> dict[str, str]:
    """Encode headers, leaving out those that are None.

    Zoho reads If-Modified-Since as ISO 8601, unlike HTTP's own format. Raises ConfigurationError
    for anything that is not valid in an HTTP header, above all line breaks.
    """
    texts = {}
    for name, value in values.items():
        if value is None:
            continue
        texts[name] = text(value).strip()
        if not (_HEADER_NAME.fullmatch(name) and is_header_value(texts[name])):
            raise ConfigurationError(
                f"{name!r}: a header is one word and one line of Latin-1 text without control "
                "characters."
            )
    return texts


def segment(value: Any, safe: str = "") -> str:
    """Percent-encode one path segment; the characters in `safe` stay.

    Raises ConfigurationError for an empty segment, `.` and `..`. The last two would change the URL,
    and percent-encoding does not help if a server decodes first.
    """
    value_text = text(value)
    if not _NO_SEGMENTS.isdisjoint(value_text.split("/")):
        raise ConfigurationError(f"{value!r} cannot be a segment of a URL.")
    return percent_encode(value_text, safe)


_NO_SEGMENTS = frozenset({"", ".", ".."})
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_LISTED = re.compile(r"[A-Za-z0-9_.~,-]*")


def percent_encode(value: str, safe: str = "") -> str:
    """Percent-encode a text for a URL, except the characters in `safe`."""
    if _UNRESERVED.fullmatch(value):
        return value
    if _LISTED.fullmatch(value) and "," not in safe:
        return value.replace(",", "%2C")  # mostly field names; quote() is slower
    return quote(value, safe=safe)


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ConfigurationError(f"{value} is not a number that Zoho accepts.")
    return format(value, "f")


def _json_number(value: Decimal) -> int | float | str:
    """Encode a decimal as a JSON number, as Zoho's currency fields require, if that is exact.

    Currency fields allow 16 digits and 9 decimals, more than a float can represent. Such a value is
    sent as text: a refusal is better than silent rounding.
    """
    plain = _decimal(value)
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else plain


def _json_default(value: Any) -> Any:
    match value:
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Decimal():
            return _json_number(value)
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case JSONSecret():
            return value.reveal()
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value)
        case _ if _is_lazy_text(value):
            return str(value)
        case Iterable() if not isinstance(value, bytes | bytearray | memoryview):
            return list(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


_Encoder = partial(
    json.JSONEncoder,
    default=_json_default,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,  # a value that contains itself is also nested too deeply
)
_escaped, _plain = _Encoder(ensure_ascii=True).encode, _Encoder(ensure_ascii=False).encode


def dumps(value: Any) -> bytes:
    """Encode a body as JSON. Raises ConfigurationError for anything that JSON cannot represent."""
    try:
        if not _is_mostly_ascii(value):
            return _plain(value).encode()
        content = _escaped(value)
        if "\\ud" in content:
            # A lone surrogate, which UTF-8 cannot encode, or a letter whose escape begins like one.
            content = _plain(json.loads(content))
        return content.encode()
    except _UNWRITABLE as error:
        raise _refusal(value, error) from None


_UNWRITABLE = (TypeError, ValueError, RecursionError, ConfigurationError)
"""The errors of the encoder; a lone surrogate's UnicodeEncodeError is a ValueError."""

_API_NAME = re.compile(r"\$?[A-Za-z_]\w{0,99}", re.ASCII)


def _refusal(value: Any, error: Exception) -> ConfigurationError:
    """Return the error for a body that cannot be encoded, with the place of the invalid value."""
    if isinstance(error, RecursionError):
        return ConfigurationError(
            "The body cannot be encoded as JSON: it is nested too deeply, or holds itself."
        )
    place = _place(value)
    match error:
        case ConfigurationError():
            return ConfigurationError(f"{place}: {error}") if place else error
        case UnicodeEncodeError():
            return ConfigurationError(f"{place or 'The body'} contains a lone surrogate.")
    return ConfigurationError(f"{place or 'The body'} cannot be encoded as JSON: {error}.")


def _place(value: Any) -> str:
    """Return the place of an invalid value, as `data[0].Email`; empty for the body itself.

    Only keys that look like API names are quoted; other keys may contain anything.
    """
    place = ""
    while True:
        parts: Iterable[tuple[str, Any]] = ()
        if isinstance(value, Mapping):
            parts_by_key = {
                key: part for key, part in value.items() if _API_NAME.fullmatch(str(key))
            }
            parts = ((f".{key}", part) for key, part in parts_by_key.items())
        elif isinstance(value, list | tuple):
            parts = ((f"[{number}]", part) for number, part in enumerate(value))
        for step, part in parts:
            try:
                _plain(part).encode()
            except _UNWRITABLE:
                place, value = place + step, part
                break
        else:
            return place.removeprefix(".")


def _is_mostly_ascii(body: Any) -> bool:
    """Return whether a body of records needs few escapes, judging by the first record.

    With few escapes, ASCII takes a quarter less time than UTF-8; with many, up to three times the
    bytes.
    """
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        return False
    text = "".join(value for value in rows[0].values() if type(value) is str)
    return len(text.encode(errors="surrogatepass")) - len(text) <= len(text) // 50


def params(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Encode query or form parameters in their order, leaving out those that are None."""
    return tuple([(name, text(value)) for name, value in values.items() if value is not None])


File = IO[bytes] | tuple[str, IO[bytes] | bytes]
"""A file to upload: an open binary file with a name, or `(name, bytes or open binary file)`."""


def file_content(file: Any) -> tuple[str, IO[bytes] | bytes, int | None]:
    """Return name, content and current position of a file argument.

    Takes `(name, bytes or open binary file)`, an open binary file, or anything with `read()` and
    `.name`; the position is None for bytes and for files that cannot seek. Raises
    ConfigurationError for a path (open it first), a text file or a closed one.
    """
    if isinstance(file, tuple) and len(file) != 2:
        raise ConfigurationError("A file given as a tuple is (name, bytes or open binary file).")
    name, content = file if isinstance(file, tuple) else ("", file)
    if isinstance(content, bytes | bytearray | memoryview):
        return text(name or "file"), bytes(content), None
    if not hasattr(content, "read"):
        raise ConfigurationError(
            f"A file is an open binary file or (name, bytes), not {type(content).__name__}."
        )
    try:
        # The mode is not enough: a file in a zip archive has "r" and yields bytes.
        is_text = isinstance(content.read(0), str)
    except (OSError, ValueError):
        raise ConfigurationError("The file is closed, or not open for reading.") from None
    if is_text:
        raise ConfigurationError("The file is open as text; open it with mode 'rb'.")
    file_name = getattr(content, "name", "")
    name = name or os.path.basename(file_name if isinstance(file_name, str) else "") or "file"
    try:
        start = content.tell() if content.seekable() else None
    except (AttributeError, OSError, ValueError):
        start = None
    return text(name), content, start


def content_type(filename: str) -> str:
    """Return the media type for a file name's extension."""
    # The extension only: guess_type() treats a name as a URL, and "data:" URLs can name any type.
    extension = os.path.splitext(filename)[1]
    return mimetypes.guess_type(f"file{extension}")[0] or "application/octet-stream"
