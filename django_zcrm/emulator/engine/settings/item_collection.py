"""Finds the items of a call: those of the path's owners or of the requested module."""

from __future__ import annotations

from collections.abc import Mapping

from ...core import Request
from ...guesses import behaves
from ...state import Item, Organisation
from ..access import bad_path_id, get_module_param, require_param
from ..values import is_id
from . import references
from .resource import SettingsResource


class ItemCollection:
    """The items that one call can reach.

    Raises Refusal when a required parameter is missing, or an owner in the path does not exist.
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
            require_param(request, name)
        self.module = get_module_param(org, request).id if resource.by_module else None
        ids = [_owner_id(org, request, resource, name, value) for name, value in owners.items()]
        self.items = org.settings.items(resource.name, *ids)

    def all(self) -> list[Item]:
        """The items, oldest first."""
        return [item for item in self.items.values() if self._has(item)]

    def _has(self, item: Item) -> bool:
        return self.module is None or item.get("module") == self.module

    def find(self, name: str) -> Item | None:
        """The item in a path, None for a well-formed but unknown id.

        Raises Refusal INVALID_DATA when it cannot be an id.
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

    def require(self, name: str) -> Item:
        """The item that a path names. Raises Refusal INVALID_DATA when there is none."""
        item = self.find(name)
        if item is None:
            refusal = bad_path_id(self.request, self.resource.index)
            if behaves("settings.unknown-path-id", "RESOURCE_NOT_FOUND"):
                refusal.code, refusal.status = "RESOURCE_NOT_FOUND", 404
            raise refusal
        return item


def _owner_id(
    org: Organisation, request: Request, resource: SettingsResource, placeholder: str, value: str
) -> str:
    """Return the id of the owner that a placeholder in the path names by id or name."""
    for item in references.list_all(org, resource.owners[placeholder]):
        if value in (item["id"], item.get("name")):
            return str(item["id"])
    raise bad_path_id(request, resource.path.strip("/").split("/").index(f"{{{placeholder}}}"))
