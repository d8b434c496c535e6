"""Where the API's versions differ in the shape of a request: all of it, in one place.

Calls are written in the newest shape; an adaptation rewrites the draft for older versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConfigurationError

VERSIONS = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8")

FIELDS_MANDATORY = 3.0
"""From v3 on a list has to name its fields (docs v3 change log)."""

MAX_FIELDS = 50


def number(version: str) -> float:
    """Return `v2.1` as 2.1. Raises ConfigurationError for anything that is not a version."""
    if not re.fullmatch(r"v\d+(\.\d+)?", version):
        raise ConfigurationError(
            f"{version!r} is not a version of Zoho's API; choose one of {', '.join(VERSIONS)}.",
            "API_VERSION",
        )
    return float(version[1:])


@dataclass
class Draft:
    """What a call says, sorted by where it goes, before it is written down."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    form: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)


def _convert(draft: Draft, version: float) -> None:
    """Lead conversion names records by plain id up to v2.1, by object later.

    Source: docs/api/convertLead-diff.html; the exact version of the switch is not documented, and
    Zoho's SDKs for v3 and later send objects.
    """
    rows = draft.body.get("data") if isinstance(draft.body, Mapping) else None
    if isinstance(rows, list | tuple):
        draft.body = {**draft.body, "data": [_conversion(row, version) for row in rows]}


def _conversion(row: Any, version: float) -> Any:
    if not isinstance(row, Mapping):
        return row
    written = dict(row)  # the caller's own stays as it is
    for key in ("Accounts", "Contacts", "assign_to"):
        value = row.get(key)
        if version < FIELDS_MANDATORY and isinstance(value, Mapping):
            written[key] = value.get("id")
        elif version >= FIELDS_MANDATORY and isinstance(value, str):
            written[key] = {"id": value}
    return written


def _ids_in_query(draft: Draft, version: float) -> None:
    """Deleting takes its ids in the query, joined by commas; there is no body."""
    ids = draft.body["data"] if isinstance(draft.body, Mapping) else None
    if not ids:
        raise ConfigurationError("No ids were given.")
    draft.query["ids"], draft.body = ids, None


ADAPTATIONS: dict[str, Callable[[Draft, float], None]] = {
    "convert": _convert,
    "ids_in_query": _ids_in_query,
}
