"""Declares settings: each call registers a resource, its routes and its seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core import Routes
from ...state import Organisation
from .keys import ValueType
from .operations import serve
from .resource import Messages, SettingsResource, messages_from

resources: list[SettingsResource] = []
#: Functions that add more to a demo organisation once it has its settings.
demo_seeders: list[Callable[[Organisation], None]] = []

SETTINGS = "ZohoCRM.settings"


def collection(
    routes: Routes,
    path: str,
    *,
    methods: str,
    item: str = "",
    keys: Mapping[str, ValueType],
    scope: str | Mapping[str, str],
    messages: Messages | str = "",
    key: str = "",
    name: str = "",
    **options: Any,
) -> SettingsResource:
    """Declare a collection, add its operations to `routes` and return it.

    methods: its own, ``GET POST``; item: the placeholder and methods of an item,
    ``{id} GET PUT DELETE``. key and name default to the last part of ``path``. The other
    options are those of SettingsResource.
    """
    placeholder, *item_methods = item.split() or ("",)
    key = key or path.rpartition("/")[2]
    resource = SettingsResource(
        path=path,
        key=key,
        name=name or key,
        scope=scope,
        messages=_messages(messages, key),
        keys=keys,
        methods=tuple(methods.split()),
        item=placeholder,
        item_methods=tuple(item_methods),
        **options,
    )
    return _register(routes, resource)


def singleton(
    routes: Routes,
    path: str,
    *,
    methods: str = "GET PUT",
    keys: Mapping[str, ValueType],
    scope: str | Mapping[str, str],
    messages: Messages | str = "",
    key: str = "",
    **options: Any,
) -> SettingsResource:
    """Declare an object of which there is only one, add its operations and return it."""
    key = key or path.rpartition("/")[2]
    resource = SettingsResource(
        path=path,
        key=key,
        name=key,
        scope=scope,
        messages=_messages(messages, key),
        keys=keys,
        methods=tuple(methods.split()),
        single=True,
        **{"audit": (), "shows_id": False, "details": (), **options},
    )
    return _register(routes, resource)


def demo_seeder(seed: Callable[[Organisation], None]) -> Callable[[Organisation], None]:
    """Register a function that adds more to a demo organisation."""
    demo_seeders.append(seed)
    return seed


def _register(routes: Routes, resource: SettingsResource) -> SettingsResource:
    serve(routes, resource)
    resources.append(resource)
    return resource


def _messages(messages: Messages | str, key: str) -> Messages:
    """Return the given messages, or guessed ones where Zoho's are unknown."""
    if isinstance(messages, Messages):
        return messages
    return messages_from(messages or f"{noun(key)} {{verb}} successfully")


def noun(key: str) -> str:
    """Return the name of an item in messages: "user group" for ``user_groups``."""
    name = key.strip("_").replace("_", " ")
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
