"""Serves declared settings: a route for each method of a collection, an item or a singleton.

Messages are in the declarations, error bodies in errors.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ...guesses import behaves
from ...state import Item, Organisation
from ..access import get_ids_param
from ..batch import batch, batch_status, body_id
from ..values import JSONPath
from . import writing
from .item_collection import ItemCollection
from .rendering import filter_and_sort, page_of, show
from .resource import ONLY, Filter, SettingsResource

Serve = Callable[[ItemCollection], Any]
ServeOne = Callable[[ItemCollection, str], Any]


def list_items(collection: ItemCollection) -> Item | None:
    """Return the items that match the filters, on the requested page."""
    org, request, resource = collection.org, collection.request, collection.resource
    is_unused = resource.name == "territories" and not collection.items
    if is_unused and behaves("settings.no-territories", "refused"):
        raise Refusal("TERRITORY_NOT_ENABLED", "territories are not enabled", 403)
    rows = [
        show(org, request, resource, item, detail_only=False)
        for item in collection.all()
        if all(
            _passes(collection, item, rule, request.args[name])
            for name, rule in resource.filters.items()
            if request.args.get(name)
        )
    ]
    rows = filter_and_sort(request, rows)
    page = page_of(request, resource.key, rows)
    if page is None:
        return None
    if not resource.paged:
        page = {resource.key: rows}
    return page | (resource.envelope_extras(org) if resource.envelope_extras else {})


def _passes(collection: ItemCollection, item: Item, rule: str | Filter, value_text: str) -> bool:
    if callable(rule):
        return rule(collection.org, item, value_text)
    value_type, value = collection.resource.keys.get(rule), item.get(rule)
    if isinstance(value, bool):
        return value_text.lower() == str(value).lower()
    if value_type is None or value is None:
        return value == value_text
    rendered = value_type.show(collection.org, value, collection.request.user.time_zone)
    return (
        value_text in rendered.values()
        if isinstance(rendered, dict)
        else value_text == str(rendered)
    )


def create_items(collection: ItemCollection) -> Response:
    """Create the items of the body."""
    org, request, resource = collection.org, collection.request, collection.resource

    def create(body: Item, path: JSONPath) -> Item:
        item = writing.create(
            org, request, resource, collection.items, body, path, collection.module
        )
        result = success(resource.messages.created, _details(resource, item))
        return result | {"code": resource.code}

    return batch(
        request, create, status=resource.created, key=resource.key, limit=resource.max_items
    )


def update_items(collection: ItemCollection) -> Response:
    """Change the items of the body, each identified by its `id`."""
    request, resource = collection.request, collection.resource

    def update(body: Item, path: JSONPath) -> Item:
        item = collection.items.get(body_id(body, path))
        if item is None or item not in collection.all():
            raise path.child("id").unknown_id()
        return _update(collection, item, body, path)

    return batch(request, update, key=resource.key, limit=resource.max_items)


def delete_items(collection: ItemCollection) -> Response:
    """Delete the items that the parameter `ids` names."""
    resource = collection.resource
    results = []
    for item_id in get_ids_param(collection.request, resource.max_items):
        item = collection.items.get(item_id)
        try:
            if item is None or item not in collection.all():
                raise invalid_data("the id given seems to be invalid", id=item_id)
            results.append(_delete(collection, item))
        except Refusal as refusal:
            results.append(refusal.body)
    status = batch_status(results, dialect(collection.request.version))
    return JsonResponse({resource.key: results}, status)


def get_item(collection: ItemCollection, name: str) -> Item | None:
    """Return one item."""
    org, request, resource = collection.org, collection.request, collection.resource
    item = collection.find(name)
    if item is None:
        return None
    return {
        resource.key: [show(org, request, resource, item)],
        **(resource.envelope_extras(org) if resource.envelope_extras else {}),
    }


def update_item(collection: ItemCollection, name: str) -> Response:
    """Change one item."""
    item = collection.require(name)

    def update(body: Item, path: JSONPath) -> Item:
        return _update(collection, item, body, path)

    return batch(collection.request, update, key=collection.resource.key, limit=1)


def delete_item(collection: ItemCollection, name: str) -> Item:
    """Delete one item."""
    return {collection.resource.key: [_delete(collection, collection.require(name))]}


def get_single(collection: ItemCollection) -> Item | None:
    """Return the only object."""
    org, request, resource = collection.org, collection.request, collection.resource
    item = collection.items.get(ONLY)
    return None if item is None else {resource.key: show(org, request, resource, item)}


def write_single(collection: ItemCollection) -> Response:
    """Change the only object, or create it (POST)."""
    org, request, resource = collection.org, collection.request, collection.resource
    path = JSONPath(dialect(request.version), resource.key, f"$.{resource.key}")
    body = request.json_object().get(resource.key)
    if body is None:
        raise path.missing()
    if not isinstance(body, dict):
        raise path.invalid(expected_data_type="jsonobject")
    before = collection.items.get(ONLY)
    try:
        values = writing.read(org, resource, body, before, path)
        if resource.check is not None:
            resource.check(org, request, values, before, path)
    except Refusal as refusal:
        return JsonResponse({resource.key: refusal.body}, refusal.status)
    item = writing.add_stamp(org, request, {"id": org.ids.next()} | (before or {}) | values, before)
    collection.items[ONLY] = item
    if resource.on_change is not None:
        resource.on_change(org, request, before, item)
    is_new = request.method == "POST"
    message = resource.messages.created if is_new else resource.messages.updated
    result = {resource.key: success(message, _details(resource, item))}
    return JsonResponse(result, resource.created if is_new else 200)


def _update(collection: ItemCollection, item: Item, body: Item, path: JSONPath) -> Item:
    org, request, resource = collection.org, collection.request, collection.resource
    after = writing.update(org, request, resource, collection.items, item, body, path)
    return success(resource.messages.updated, _details(resource, after))


def _delete(collection: ItemCollection, item: Item) -> Item:
    org, request, resource = collection.org, collection.request, collection.resource
    writing.delete(org, request, resource, collection.items, item)
    return success(resource.messages.deleted, _details(resource, item))


def _details(resource: SettingsResource, item: Item) -> Item:
    return {name: item.get(name) for name in resource.details}


_MANY: dict[str, Serve] = {
    "GET": list_items,
    "POST": create_items,
    "PUT": update_items,
    "PATCH": update_items,
    "DELETE": delete_items,
}
_ONE: dict[str, ServeOne] = {
    "GET": get_item,
    "PUT": update_item,
    "PATCH": update_item,
    "DELETE": delete_item,
}
_SINGLE: dict[str, Serve] = {"GET": get_single, "POST": write_single, "PUT": write_single}


def serve(routes: Routes, resource: SettingsResource) -> None:
    """Register the routes of a resource."""
    table = _SINGLE if resource.single else _MANY
    for method in resource.methods:
        _serve_many(routes, resource, method, table[method])
    for method in resource.item_methods:
        _serve_one(routes, resource, method, _ONE[method])


def _serve_many(routes: Routes, resource: SettingsResource, method: str, work: Serve) -> None:
    @routes.route(
        method,
        resource.collection_path,
        scope=resource.scope_of(method),
        versions=resource.versions_of(method),
        generic=True,
    )
    def respond(org: Organisation, request: Request, **owners: str) -> Any:
        return work(ItemCollection(org, request, resource, owners))


def _serve_one(routes: Routes, resource: SettingsResource, method: str, work: ServeOne) -> None:
    placeholder = resource.item.strip("{}")

    @routes.route(
        method,
        resource.item_path,
        scope=resource.scope_of(method),
        versions=resource.versions_of(method),
        generic=True,
    )
    def respond(org: Organisation, request: Request, **owners: str) -> Any:
        name = owners.pop(placeholder)
        return work(ItemCollection(org, request, resource, owners), name)
