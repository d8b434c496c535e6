"""Reads untrusted JSON: accepts only values that responses and handlers can process."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

MAX_DEPTH = 100
"""How deep objects and lists may nest; Zoho's own bodies have about ten levels."""


class OddJson(ValueError):
    """A text with values that few parsers accept: NaN, infinity, lone surrogates, deep nesting."""


def read_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises ValueError for invalid JSON, and for values that Python accepts although they are invalid
    or cannot be sent back: NaN, infinite numbers, lone surrogates, too many levels.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise OddJson("too many levels") from None
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_too_deep(value):
        raise OddJson("too many levels")
    return value


def _refuse(word: str) -> Any:
    raise OddJson(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise OddJson("the number is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
