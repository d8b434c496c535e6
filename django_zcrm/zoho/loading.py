"""Resources by the name that a client has them by, imported when one is first used."""

from __future__ import annotations

from importlib import import_module

from .resource_table import Resources
from .resources import Resource


def resource_class(name: str) -> type[Resource]:
    """Return the class of the resource with this attribute name; raise AttributeError for none.

    Importing resources on first use keeps the package quick to import, however large the API.
    """
    class_name = Resources.__annotations__.get(name)
    if class_name is None:
        raise AttributeError(f"The Zoho CRM client has no {name!r}; dir(client) lists what it has.")
    resource: type[Resource] = getattr(import_module(f".resources.{name}", __package__), class_name)
    return resource
