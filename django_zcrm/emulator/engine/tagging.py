"""Tags of a module: finding them by name, creating missing ones."""

from __future__ import annotations

from typing import Any

from ..core import Refusal
from ..state import Module, Organisation, User
from ..state.store import Tag
from .values import JSONPath, format_moment

MAX_NAME_LENGTH = 25
MAX_TAGS = 10
"""Tags of one record (Zoho docs v7, add tags)."""
#: The colours that Zoho offers (OpenAPI 3.0, tags).
COLOURS = frozenset(
    {
        "#57B1FD",
        "#879BFC",
        "#658BA8",
        "#FD87BD",
        "#969696",
        "#F48435",
        "#1DB9B4",
        "#E7A826",
        "#63C57E",
        "#F17574",
        "#D297EE",
        "#A8C026",
        "#B88562",
    }
)


def find_tag(org: Organisation, module: str, name: str) -> Tag | None:
    """Return a module's tag by its name, ignoring case."""
    folded_name = name.casefold()
    tags: dict[str, Tag] = org.records.tags
    return next(
        (
            tag
            for tag in tags.values()
            if tag.module == module and tag.name.casefold() == folded_name
        ),
        None,
    )


def make_tag(
    org: Organisation,
    module: str,
    name: str,
    user: User,
    color_code: str | None = None,
    tag_id: str | None = None,
) -> Tag:
    """Create a tag; the caller must make sure that the name is free."""
    now = format_moment(org.clock.now())
    tag = Tag(tag_id or org.ids.next(), name, module, color_code, user.id, now, user.id, now)
    org.records.tags[tag.id] = tag
    return tag


def tag_ids(
    org: Organisation, module: Module, value: list[Any], path: JSONPath, user: User
) -> list[str]:
    """Return the ids of a record's new tags; create missing tags.

    Raises Refusal INVALID_DATA for an invalid tag.
    """
    results: list[str] = []
    for index, item in enumerate(value):
        child = path.child(index)
        if isinstance(item, dict) and str(item.get("id")) in org.records.tags:
            tag_id = str(item["id"])
        else:
            name = item.get("name") if isinstance(item, dict) else item
            color_code = item.get("color_code") if isinstance(item, dict) else None
            tag_id = find_or_make_tag(org, module.api_name, name, child, user, color_code).id
        if tag_id not in results:
            results.append(tag_id)
    check_number(results, path)
    return results


def check_number(tags: list[str], path: JSONPath) -> None:
    """Raise Refusal LIMIT_EXCEEDED for more tags than a record may have."""
    if len(tags) > MAX_TAGS:
        raise Refusal(
            "LIMIT_EXCEEDED",
            "the number of tags given exceeds the limit",
            details=path.details(limit=MAX_TAGS),
        )


def find_or_make_tag(
    org: Organisation,
    module: str,
    name: Any,
    path: JSONPath,
    user: User,
    color_code: str | None = None,
) -> Tag:
    """Return the tag with this name, new if need be. Raises Refusal for a bad name or colour."""
    check_tag(name, color_code, path)
    return find_tag(org, module, name) or make_tag(org, module, name, user, color_code)


def check_tag(name: Any, color_code: Any, path: JSONPath) -> None:
    """Raise Refusal for a bad name or colour of a tag."""
    if not isinstance(name, str):
        raise path.child("name").invalid(expected_data_type="text")
    if not name.strip():
        raise path.child("name").missing()
    if len(name) > MAX_NAME_LENGTH:
        raise path.child("name").invalid(maximum_length=MAX_NAME_LENGTH)
    if color_code is not None and str(color_code) not in COLOURS:
        raise path.child("color_code").invalid(supported_values=sorted(COLOURS))
