"""Where settings are declared: each call registers a resource, its routes and its seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.kinds import Kind
from django_zcrm.emulator.engine.settings.operations import serve
from django_zcrm.emulator.engine.settings.resource import Resource, Says, says
from django_zcrm.emulator.state.organisation import Organisation

resources: list[Resource] = []
#: Functions that add more to a demo organisation once it has its settings.
planters: list[Callable[[Organisation], None]] = []

SETTINGS = "ZohoCRM.settings"


def collection(
    routes: Routes,
    path: str,
    *,
    many: str,
    one: str = "",
    keys: Mapping[str, Kind],
    scope: str | Mapping[str, str],
    says: Says | str = "",
    key: str = "",
    name: str = "",
    **options: Any,
) -> Resource:
    """Declare a collection, add its operations to `routes` and return it.

    many: its methods, ``GET POST``; one: the placeholder and methods of an item,
    ``{id} GET PUT DELETE``. key and name default to the last part of ``path``. The other
    options are those of Resource.
    """
    placeholder, *one_methods = one.split() or ("",)
    key = key or path.rpartition("/")[2]
    resource = Resource(
        path=path,
        key=key,
        name=name or key,
        scope=scope,
        messages=_messages(says, key),
        keys=keys,
        many_methods=tuple(many.split()),
        one=placeholder,
        one_methods=tuple(one_methods),
        **options,
    )
    return _register(routes, resource)


def singleton(
    routes: Routes,
    path: str,
    *,
    methods: str = "GET PUT",
    keys: Mapping[str, Kind],
    scope: str | Mapping[str, str],
    says: Says | str = "",
    key: str = "",
    **options: Any,
) -> Resource:
    """Declare an object of which there is only one, add its operations and return it."""
    key = key or path.rpartition("/")[2]
    resource = Resource(
        path=path,
        key=key,
        name=key,
        scope=scope,
        messages=_messages(says, key),
        keys=keys,
        many_methods=tuple(methods.split()),
        single=True,
        **{"audit": (), "shows_id": False, "details": (), **options},
    )
    return _register(routes, resource)


def planter(plant: Callable[[Organisation], None]) -> Callable[[Organisation], None]:
    """Register a function that adds more to a demo organisation."""
    planters.append(plant)
    return plant


def _register(routes: Routes, resource: Resource) -> Resource:
    serve(routes, resource)
    resources.append(resource)
    return resource


def _messages(told: Says | str, key: str) -> Says:
    """Return the given messages, or guessed ones where Zoho's are unknown."""
    if isinstance(told, Says):
        return told
    return says(told or f"{noun(key)} {{done}} successfully")


def noun(key: str) -> str:
    """Return what messages call an item: "user group" for ``user_groups``."""
    name = key.strip("_").replace("_", " ")
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
