"""All differences between the API's versions in the shape of a request, in one place.

Calls are written in the newest shape; an adaptation rewrites the parts for older versions. The
version that introduced an operation (`since` in its declaration) comes from Zoho's own SDKs for
Python: it is the version of the first SDK with the operation. If that is the SDK for v5, v3 is
assumed, since the SDKs for v3 and v4 are not published. Zoho's change logs take precedence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigurationError
from ..http.datacenters import origin

VERSIONS = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8")

FIELDS_MANDATORY = 3.0
"""From v3 on a list has to name its fields (docs v3 change log)."""

OBJECTS_IN_BULK = 2.1
"""From v2.1 on bulk jobs name modules and fields by objects (docs v2.1 change log)."""

MAX_FIELDS = 50


@lru_cache(maxsize=16)
def number(version: str) -> float:
    """Return `v2.1` as 2.1. Raises ConfigurationError for anything that is not a version."""
    if not re.fullmatch(r"v\d+(\.\d+)?", version):
        raise ConfigurationError(
            f"{version!r} is not a version of Zoho's API; choose one of {', '.join(VERSIONS)}.",
            "API_VERSION",
        )
    return float(version[1:])


@dataclass
class RequestParts:
    """The values of a call by their place in the request, not yet encoded."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    files: dict[str, Sequence[Any]] = field(default_factory=dict)
    origin: str = ""


Adaptation = Callable[[RequestParts, float], None]


def _convert(parts: RequestParts, version: float) -> None:
    """Send plain ids of records in a lead conversion up to v2.1, objects later.

    Source: docs/api/convertLead-diff.html; the exact version of the switch is not documented, and
    Zoho's SDKs for v3 and later send objects.
    """
    rows = parts.body.get("data") if isinstance(parts.body, Mapping) else None
    if isinstance(rows, list | tuple):
        parts.body = {**parts.body, "data": [_conversion(row, version) for row in rows]}


def _conversion(row: Any, version: float) -> Any:
    if not isinstance(row, Mapping):
        return row
    converted_row = dict(row)  # do not change the caller's dict
    for key in ("Accounts", "Contacts", "assign_to"):
        value = row.get(key)
        if version < FIELDS_MANDATORY and isinstance(value, Mapping):
            converted_row[key] = value.get("id")
        elif version >= FIELDS_MANDATORY and isinstance(value, str):
            converted_row[key] = {"id": value}
    return converted_row


def _by_id(*keys: str) -> Adaptation:
    """Accept plain ids for the objects `{"id": ...}` that Zoho wants under these keys."""

    def adapt(parts: RequestParts, version: float) -> None:
        if isinstance(parts.body, Mapping):
            id_by_key = {
                key: parts.body[key] for key in keys if isinstance(parts.body.get(key), str)
            }
            parts.body = {**parts.body, **{key: {"id": value} for key, value in id_by_key.items()}}

    return adapt


def _tags(parts: RequestParts, version: float) -> None:
    """Send tags by name in the query on v2, as objects in the body later (docs Add Tags).

    For several records, v8 has the module in the query too (OAS 3.1 tags-actions).
    """
    body = dict(parts.body or {})
    tags = body.pop("tags", None)
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise ConfigurationError("Tags are a list of names.")  # not the letters of a text
    if version >= FIELDS_MANDATORY:
        tags = [{"name": tag} if isinstance(tag, str) else tag for tag in tags]
        parts.body = {**body, "tags": tags}
        if "ids" in body and version >= 8:
            parts.query["module"] = parts.path["module"]
        return
    names = [tag if isinstance(tag, str) else tag.get("name") for tag in tags]
    parts.query.update(body, tag_names=names)
    parts.body = None


def _notes(parts: RequestParts, version: float) -> None:
    """Name a note's record by id and `se_module` on v2, by object later (docs Create Notes).

    Both forms are accepted; the new one is `Parent_Id: {"id": ..., "module": {"api_name": ...}}`.
    """
    if isinstance(parts.body, Mapping) and isinstance(parts.body.get("data"), list | tuple):
        parts.body = {**parts.body, "data": [_note(row, version) for row in parts.body["data"]]}


def _note(row: Any, version: float) -> Any:
    if not isinstance(row, Mapping) or "Parent_Id" not in row:
        return row
    parent = row["Parent_Id"]
    if version < FIELDS_MANDATORY and isinstance(parent, Mapping):
        module = parent.get("module") or {}
        name = module.get("api_name") if isinstance(module, Mapping) else module
        old = {**row, "Parent_Id": parent.get("id")}
        return {**old, "se_module": name} if name else old
    if version >= FIELDS_MANDATORY and isinstance(parent, str):
        new = {key: value for key, value in row.items() if key not in {"se_module", "$se_module"}}
        module = row.get("se_module") or row.get("$se_module")
        module_reference = {"module": {"api_name": module}} if module else {}
        return {**new, "Parent_Id": {**module_reference, "id": parent}}
    return row


def _bulk_read(parts: RequestParts, version: float) -> None:
    """Name a bulk read's module and fields by string on v2, by object later (docs Bulk Read)."""
    query = parts.body.get("query") if isinstance(parts.body, Mapping) else None
    if not isinstance(query, Mapping):
        return
    new_query = {**query, "module": _name(query.get("module"), version)}
    if query.get("criteria"):
        new_query["criteria"] = _criteria(query["criteria"], version)
    parts.body = {**parts.body, "query": new_query}


def _criteria(criteria: Any, version: float) -> Any:
    if not isinstance(criteria, Mapping):
        return criteria
    if isinstance(criteria.get("group"), list | tuple):
        return {**criteria, "group": [_criteria(part, version) for part in criteria["group"]]}
    rest = {key: value for key, value in criteria.items() if key not in {"field", "api_name"}}
    field_name = _name(criteria.get("field") or criteria.get("api_name"), version)
    return {"api_name" if version < OBJECTS_IN_BULK else "field": field_name, **rest}


def _bulk_write(parts: RequestParts, version: float) -> None:
    """Name a bulk write's modules like those of a bulk read, by string on v2."""
    resources = parts.body.get("resource") if isinstance(parts.body, Mapping) else None
    if isinstance(resources, list | tuple):
        new_parts = [{**part, "module": _name(part.get("module"), version)} for part in resources]
        parts.body = {**parts.body, "resource": new_parts}


def _name(field: Any, version: float) -> Any:
    if version < OBJECTS_IN_BULK:
        return field.get("api_name") if isinstance(field, Mapping) else field
    return {"api_name": field} if isinstance(field, str) else field


def _profile_heir(parts: RequestParts, version: float) -> None:
    """Name the profile for the users `transfer_to` in OAS 3.0, `transfer_to_id` in OAS 3.1."""
    parts.query.setdefault("transfer_to", parts.query.get("transfer_to_id"))


def _filters_or_ids(parts: RequestParts, version: float) -> None:
    """Refuse a deletion without ids or filters, since Zoho's response is not documented."""
    if not any(parts.query.values()):
        raise ConfigurationError("Neither filters nor ids were given.")


def _id_in_query(parts: RequestParts, version: float) -> None:
    """Send the id of a tag to change in the query too on v8 (OAS 3.1 tags)."""
    if version >= 8:
        parts.query["id"] = parts.path["id"]


def _invitations(parts: RequestParts, version: float) -> None:
    """Wrap invitations to a portal in a second envelope (OAS 3.1 portal-users)."""
    parts.body = {"portal_invite": [{"data": parts.body["portal_invite"]}]}


def _download_url(parts: RequestParts, version: float) -> None:
    """Take a URL from a response: a path on the API host, or a full URL.

    `AccessToken.url` makes sure that only Zoho's servers get the token.
    """
    try:
        url = urlsplit(str(parts.path["download_url"]))
        if url.scheme or url.netloc:
            parts.origin = origin(url.geturl())
    except ValueError:
        raise ConfigurationError("That is not a URL to download from.") from None
    parts.path["download_url"] = unquote(url.path).lstrip("/")
    parts.query.update(parse_qsl(url.query, keep_blank_values=True))


ADAPTATIONS: dict[str, Adaptation] = {
    "bulk_read": _bulk_read,
    "bulk_write": _bulk_write,
    "by_id": _by_id("owner", "assign_to", "territory", "portal_user_type", "layout"),
    "convert": _convert,
    "download_url": _download_url,
    "filters_or_ids": _filters_or_ids,
    "id_in_query": _id_in_query,
    "invitations": _invitations,
    "notes": _notes,
    "profile_heir": _profile_heir,
    "tags": _tags,
}
