"""Reads the bodies of actions: objects, lists and their keys."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, TypeVar

from ..core import Refusal, Request, dialect, invalid_data, over_limit
from ..state import Item
from .values import JSONPath

T = TypeVar("T")


def body_path(request: Request) -> JSONPath:
    """Return the Place of the whole body."""
    return JSONPath(dialect(request.version), "", "$")


def require(body: Item, name: str, path: JSONPath) -> Any:
    """Return the value of a key. Raises Refusal MANDATORY_NOT_FOUND without it."""
    if body.get(name) is None:
        raise path.child(name).missing()
    return body[name]


def require_object(value: Any, path: JSONPath) -> Item:
    """Return a value that must be an object. Raises Refusal INVALID_DATA otherwise."""
    if not isinstance(value, dict):
        raise path.invalid(expected_data_type="jsonobject")
    return value


def require_list(
    body: Item, name: str, path: JSONPath, *, maximum: int | None = None
) -> list[tuple[Any, JSONPath]]:
    """Return the items listed under a key, at least one, each with its place.

    Raises Refusal MANDATORY_NOT_FOUND, INVALID_DATA, LIMIT_EXCEEDED.
    """
    values, child = require(body, name, path), path.child(name)
    if not isinstance(values, list) or not values:
        raise child.invalid(expected_data_type="jsonarray")
    if maximum is not None and len(values) > maximum:
        raise over_limit(name if name == "ids" else "records", maximum, **child.details())
    return [(value, child.child(index)) for index, value in enumerate(values)]


def require_objects(
    body: Item, name: str, path: JSONPath, *, maximum: int | None = None
) -> list[tuple[Item, JSONPath]]:
    """Return the objects listed under a key, at least one, each with its place.

    Raises Refusal MANDATORY_NOT_FOUND, INVALID_DATA, LIMIT_EXCEEDED.
    """
    return [
        (require_object(value, child), child)
        for value, child in require_list(body, name, path, maximum=maximum)
    ]


def require_id(body: Item, path: JSONPath, ids: Container[str], name: str = "id") -> str:
    """Return the id under a key, which must be one of `ids`.

    Raises Refusal MANDATORY_NOT_FOUND without it, INVALID_DATA for any other.
    """
    thing_id = str(require(body, name, path))
    if thing_id not in ids:
        raise path.child(name).unknown_id()
    return thing_id


def require_item(body: Item, path: JSONPath, items: Mapping[str, T]) -> T:
    """Return the item whose `id` the body contains. Raises Refusal as `require_id` does."""
    return items[require_id(body, path, items)]


def require_text(item: Item, name: str, path: str, maximum: int = 255) -> str:
    """Return a mandatory text. Raises Refusal when it is missing, not text or too long."""
    value = item.get(name)
    if value is None or value == "":
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": name, "json_path": f"{path}.{name}"},
        )
    if not isinstance(value, str):
        raise invalid_data(api_name=name, expected_data_type="text", json_path=f"{path}.{name}")
    if len(value) > maximum:
        raise invalid_data(api_name=name, maximum_length=maximum, json_path=f"{path}.{name}")
    return value
