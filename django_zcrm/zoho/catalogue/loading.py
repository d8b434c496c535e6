"""Resources by their attribute name on a client, imported on first use."""

from __future__ import annotations

from importlib import import_module

from ..resources import Resource
from ..resources import __name__ as PACKAGE
from .resource_table import Resources


def resource_class(name: str) -> type[Resource]:
    """Return the class of the resource with this attribute name; raise AttributeError for none.

    Imports on first use keep the import of the package fast.
    """
    class_name = Resources.__annotations__.get(name)
    if class_name is None:
        raise AttributeError(f"The Zoho CRM client has no {name!r}; dir(client) lists what it has.")
    resource: type[Resource] = getattr(import_module(f"{PACKAGE}.{name}"), class_name)
    return resource
