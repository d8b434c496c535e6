"""Serves what is declared: a route for each method of a collection, an item or a singleton.

Messages are in the declarations, error bodies in problems.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.core.errors import Problem, invalid_data, success
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import asked_ids
from django_zcrm.emulator.engine.batch import batch, batch_status
from django_zcrm.emulator.engine.settings import writing
from django_zcrm.emulator.engine.settings.items import Siblings
from django_zcrm.emulator.engine.settings.rendering import chosen, page_of, show
from django_zcrm.emulator.engine.settings.resource import ONLY, Filter, Resource
from django_zcrm.emulator.engine.values import Place
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

Serve = Callable[[Siblings], Any]
ServeOne = Callable[[Siblings, str], Any]


def list_items(siblings: Siblings) -> Item | None:
    """Answer the items that match the filters, on the page asked for."""
    org, call, resource = siblings.org, siblings.call, siblings.resource
    rows = [
        show(org, call, resource, item, alone=False)
        for item in siblings.all()
        if all(
            _passes(siblings, item, rule, call.params[name])
            for name, rule in resource.filters.items()
            if call.params.get(name)
        )
    ]
    rows = chosen(call, rows)
    found = page_of(call, resource.key, rows)
    if found is None:
        return None
    if not resource.paged:
        found = {resource.key: rows}
    return found | (resource.beside(org) if resource.beside else {})


def _passes(siblings: Siblings, item: Item, rule: str | Filter, wanted: str) -> bool:
    if callable(rule):
        return rule(siblings.org, item, wanted)
    kind, value = siblings.resource.keys.get(rule), item.get(rule)
    if isinstance(value, bool):
        return wanted.lower() == str(value).lower()
    if kind is None or value is None:
        return value == wanted
    shown = kind.show(siblings.org, value, siblings.call.user.time_zone)
    return wanted in shown.values() if isinstance(shown, dict) else wanted == str(shown)


def create_items(siblings: Siblings) -> Answer:
    """Create the items of the body."""
    org, call, resource = siblings.org, siblings.call, siblings.resource

    def create(body: Item, place: Place) -> Item:
        item = writing.create(org, call, resource, siblings.kept, body, place, siblings.module)
        done = success(resource.messages.created, _details(resource, item))
        return done | {"code": resource.code}

    return batch(call, create, done=resource.created, key=resource.key, limit=resource.most)


def update_items(siblings: Siblings) -> Answer:
    """Change the items of the body, each identified by its `id`."""
    call, resource = siblings.call, siblings.resource

    def update(body: Item, place: Place) -> Item:
        if body.get("id") is None:
            raise place.child("id").missing()
        item = siblings.kept.get(str(body["id"]))
        if item is None or item not in siblings.all():
            raise place.child("id").unknown()
        return _updated(siblings, item, body, place)

    return batch(call, update, key=resource.key, limit=resource.most)


def delete_items(siblings: Siblings) -> Answer:
    """Delete the items that the parameter `ids` names."""
    resource = siblings.resource
    results = []
    for item_id in asked_ids(siblings.call, resource.most):
        item = siblings.kept.get(item_id)
        try:
            if item is None or item not in siblings.all():
                raise invalid_data("the id given seems to be invalid", id=item_id)
            results.append(_deleted(siblings, item))
        except Problem as problem:
            results.append(problem.body)
    status = batch_status(results, dialect(siblings.call.version))
    return Answer(status, {resource.key: results})


def get_item(siblings: Siblings, name: str) -> Item | None:
    """Answer one item."""
    org, call, resource = siblings.org, siblings.call, siblings.resource
    item = siblings.find(name)
    if item is None:
        return None
    return {
        resource.key: [show(org, call, resource, item)],
        **(resource.beside(org) if resource.beside else {}),
    }


def update_item(siblings: Siblings, name: str) -> Answer:
    """Change one item."""
    item = siblings.existing(name)

    def update(body: Item, place: Place) -> Item:
        return _updated(siblings, item, body, place)

    return batch(siblings.call, update, key=siblings.resource.key, limit=1)


def delete_item(siblings: Siblings, name: str) -> Item:
    """Delete one item."""
    return {siblings.resource.key: [_deleted(siblings, siblings.existing(name))]}


def get_single(siblings: Siblings) -> Item | None:
    """Answer the only object."""
    org, call, resource = siblings.org, siblings.call, siblings.resource
    item = siblings.kept.get(ONLY)
    return None if item is None else {resource.key: show(org, call, resource, item)}


def write_single(siblings: Siblings) -> Answer:
    """Change the only object, or create it (POST)."""
    org, call, resource = siblings.org, siblings.call, siblings.resource
    place = Place(dialect(call.version), resource.key, f"$.{resource.key}")
    body = call.json_object().get(resource.key)
    if body is None:
        raise place.missing()
    if not isinstance(body, dict):
        raise place.refuse(expected_data_type="jsonobject")
    before = siblings.kept.get(ONLY)
    try:
        values = writing.read(org, resource, body, before, place)
        if resource.check is not None:
            resource.check(org, call, values, before, place)
    except Problem as problem:
        return Answer(problem.status, {resource.key: problem.body})
    item = writing.stamped(org, call, {"id": org.ids.next()} | (before or {}) | values, before)
    siblings.kept[ONLY] = item
    if resource.changed is not None:
        resource.changed(org, call, before, item)
    is_new = call.method == "POST"
    message = resource.messages.created if is_new else resource.messages.updated
    done = {resource.key: success(message, _details(resource, item))}
    return Answer(resource.created if is_new else 200, done)


def _updated(siblings: Siblings, item: Item, body: Item, place: Place) -> Item:
    org, call, resource = siblings.org, siblings.call, siblings.resource
    after = writing.update(org, call, resource, siblings.kept, item, body, place)
    return success(resource.messages.updated, _details(resource, after))


def _deleted(siblings: Siblings, item: Item) -> Item:
    org, call, resource = siblings.org, siblings.call, siblings.resource
    writing.delete(org, call, resource, siblings.kept, item)
    return success(resource.messages.deleted, _details(resource, item))


def _details(resource: Resource, item: Item) -> Item:
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


def serve(routes: Routes, resource: Resource) -> None:
    """Register the routes of a resource."""
    table = _SINGLE if resource.single else _MANY
    for method in resource.many_methods:
        _serve_many(routes, resource, method, table[method])
    for method in resource.one_methods:
        _serve_one(routes, resource, method, _ONE[method])


def _serve_many(routes: Routes, resource: Resource, method: str, work: Serve) -> None:
    @routes.route(
        method,
        resource.collection_path,
        scope=resource.scope_of(method),
        versions=resource.versions_of(method),
        generic=True,
    )
    def answer(org: Organisation, call: Call, **owners: str) -> Any:
        return work(Siblings(org, call, resource, owners))


def _serve_one(routes: Routes, resource: Resource, method: str, work: ServeOne) -> None:
    placeholder = resource.one.strip("{}")

    @routes.route(
        method,
        resource.item_path,
        scope=resource.scope_of(method),
        versions=resource.versions_of(method),
        generic=True,
    )
    def answer(org: Organisation, call: Call, **owners: str) -> Any:
        name = owners.pop(placeholder)
        return work(Siblings(org, call, resource, owners), name)
