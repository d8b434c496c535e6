"""Creates, changes and deletes items, each checked against its declaration."""

from __future__ import annotations

from ...core import Refusal, Request
from ...guesses import behaves
from ...state import Item, Organisation
from ..values import JSONPath, format_moment
from .resource import SettingsResource


def create(
    org: Organisation,
    request: Request,
    resource: SettingsResource,
    items: dict[str, Item],
    body: Item,
    path: JSONPath,
    module: str | None = None,
) -> Item:
    """Create an item from a body and return it. Raises Refusal for invalid values."""
    values = read(org, resource, body, None, path)
    if module is not None:
        values["module"] = module
    _check(org, request, resource, items, values, None, path)
    item = add_stamp(org, request, values | {"id": org.ids.next()}, None)
    items[item["id"]] = item
    if resource.on_change is not None:
        resource.on_change(org, request, None, item)
    return item


def update(
    org: Organisation,
    request: Request,
    resource: SettingsResource,
    items: dict[str, Item],
    before: Item,
    body: Item,
    path: JSONPath,
) -> Item:
    """Change the keys of an item that the body contains, and return it. Raises Refusal."""
    values = read(org, resource, body, before, path)
    _check(org, request, resource, items, values, before, path)
    item = add_stamp(org, request, before | values, before)
    items[item["id"]] = item
    if resource.on_change is not None:
        resource.on_change(org, request, before, item)
    return item


def delete(
    org: Organisation,
    request: Request,
    resource: SettingsResource,
    items: dict[str, Item],
    item: Item,
) -> None:
    """Delete an item with all that belongs to it. Raises Refusal if it must not be deleted."""
    if resource.check_deletion is not None:
        resource.check_deletion(org, request, item)
    del items[item["id"]]
    if resource.on_change is not None:
        resource.on_change(org, request, item, None)


def add_stamp(org: Organisation, request: Request, item: Item, before: Item | None) -> Item:
    """Return an item with its creator or modifier, and the time."""
    stamp = {
        "modified_by": request.user.id,
        "modified_time": format_moment(org.clock.now()),
    }
    if before is None:
        stamp |= {"created_by": stamp["modified_by"], "created_time": stamp["modified_time"]}
    return item | stamp


def read(
    org: Organisation,
    resource: SettingsResource,
    body: Item,
    before: Item | None,
    path: JSONPath,
    *,
    own: bool = False,
) -> Item:
    """Return the values of a body in their stored form; undeclared keys are ignored.

    ``own`` also reads keys that only Zoho sets, and requires none. Raises Refusal for a missing or
    invalid key.
    """
    if not own and behaves("settings.unknown-keys", "refused"):
        for name in body.keys() - resource.keys.keys() - {"id"}:
            raise path.child(name).invalid()
    values: Item = {}
    for name, value_type in resource.keys.items():
        is_given = name in body and (own or not value_type.read_only)
        value = body.get(name) if is_given else None
        if value is not None:
            values[name] = value_type.read(org, value, path.child(name))
        elif value_type.required and not own and (before is None or is_given):
            raise path.child(name).missing()
        elif is_given:
            values[name] = None
        elif before is None:
            values[name] = (
                value_type.default(org) if callable(value_type.default) else value_type.default
            )
    return values


def _check(
    org: Organisation,
    request: Request,
    resource: SettingsResource,
    items: dict[str, Item],
    values: Item,
    before: Item | None,
    path: JSONPath,
) -> None:
    for name in resource.unique:
        value = values.get(name)
        for other in items.values():
            same = _fold_case(other.get(name)) == _fold_case(value) and (
                not resource.by_module or other.get("module") == values.get("module")
            )
            if value is not None and same and other is not before:
                other_id = {"id": other["id"]}
                if behaves("settings.name-in-use", "without-id"):
                    other_id = {}
                raise Refusal(
                    "DUPLICATE_DATA",
                    "duplicate data",
                    details=path.child(name).details(**other_id),
                )
    if resource.check is not None:
        resource.check(org, request, values, before, path)


def _fold_case(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value
