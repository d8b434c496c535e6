"""Finds the items that a call works on: those of the path's owners or of the module asked for."""

from __future__ import annotations

from collections.abc import Mapping

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.engine.access import asked_module, bad_path_id, required_param
from django_zcrm.emulator.engine.settings import references
from django_zcrm.emulator.engine.settings.resource import SettingsResource
from django_zcrm.emulator.engine.values import is_id
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item


class ItemCollection:
    """The items that one call can reach.

    Raises Problem when a required parameter is missing, or an owner in the path does not exist.
    """

    def __init__(
        self,
        org: Organisation,
        request: Request,
        resource: SettingsResource,
        owners: Mapping[str, str],
    ) -> None:
        self.org = org
        self.request = request
        self.resource = resource
        for name in resource.params:
            required_param(request, name)
        self.module = asked_module(org, request).id if resource.by_module else None
        ids = [_owner_id(org, request, resource, name, value) for name, value in owners.items()]
        self.items = org.settings.items(resource.name, *ids)

    def all(self) -> list[Item]:
        """The items, oldest first."""
        return [item for item in self.items.values() if self._has(item)]

    def _has(self, item: Item) -> bool:
        return self.module is None or item.get("module") == self.module

    def find(self, name: str) -> Item | None:
        """The item that a path names, None for a well-formed but unknown id.

        Raises Problem INVALID_DATA when it cannot be an id.
        """
        item = self.items.get(name)
        if item is not None and self._has(item):
            return item
        if self.resource.lookup_key:
            return next(
                (item for item in self.all() if item.get(self.resource.lookup_key) == name), None
            )
        if not is_id(name):
            raise bad_path_id(self.request, self.resource.index)
        return None

    def existing(self, name: str) -> Item:
        """The item that a path names. Raises Problem INVALID_DATA when there is none."""
        item = self.find(name)
        if item is None:
            raise bad_path_id(self.request, self.resource.index)
        return item


def _owner_id(
    org: Organisation, request: Request, resource: SettingsResource, placeholder: str, value: str
) -> str:
    """Return the id of the owner that a placeholder in the path names by id or name."""
    for item in references.every(org, resource.owners[placeholder]):
        if value in (item["id"], item.get("name")):
            return str(item["id"])
    raise bad_path_id(request, resource.path.strip("/").split("/").index(f"{{{placeholder}}}"))
