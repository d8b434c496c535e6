"""What settings refer to: users, roles, profiles, modules, layouts, and other settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ...state import Organisation

Shown = dict[str, Any]


@dataclass(frozen=True)
class ReferenceTarget:
    """A type of object: the function that lists all, and the keys that may identify one."""

    all: Callable[[Organisation], Iterable[Shown]]
    keys: tuple[str, ...] = ("name",)


def _users(org: Organisation) -> Iterable[Shown]:
    for user in org.users.values():
        yield {**user.owner, "zuid": user.zuid, "status": user.status}


def _modules(org: Organisation) -> Iterable[Shown]:
    for module in org.metadata.modules.values():
        yield {
            "api_name": module.api_name,
            "id": module.id,
            "name": module.plural_label,
            "plural_label": module.plural_label,
            "singular_label": module.singular_label,
        }


def _layouts(org: Organisation) -> Iterable[Shown]:
    for module in org.metadata.modules.values():
        yield {
            "id": module.layout_id,
            "name": "Standard",
            "api_name": "Standard__s",
            "display_label": "Standard",
        }


TARGETS = {
    "users": ReferenceTarget(_users, ("email",)),
    "roles": ReferenceTarget(lambda org: org.roles.values()),
    "profiles": ReferenceTarget(lambda org: org.profiles.values()),
    "modules": ReferenceTarget(_modules, ("api_name",)),
    "layouts": ReferenceTarget(_layouts, ()),
}


def list_all(org: Organisation, to: str) -> Iterable[Shown]:
    """Return all objects of a type, or all items of a collection."""
    return TARGETS[to].all(org) if to in TARGETS else org.settings.items(to).values()


def find(org: Organisation, to: str, thing_id: str) -> Shown | None:
    """Return the object with this id, or None."""
    if to not in TARGETS:
        return org.settings.items(to).get(thing_id)
    return next((thing for thing in TARGETS[to].all(org) if thing["id"] == thing_id), None)


def find_by_key(org: Organisation, to: str, key: str, value: str) -> str | None:
    """Return the id of the object with this name, API name or email address, or None."""
    return next((thing["id"] for thing in list_all(org, to) if thing.get(key) == value), None)
