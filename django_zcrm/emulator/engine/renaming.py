"""Gives a custom module another API name, as an administrator can at any time."""

from __future__ import annotations

import re
from dataclasses import replace

from ..state import Module, Organisation


def rename_module(org: Organisation, old: str, new: str) -> None:
    """Rename a custom module in all places; only channels keep the old name.

    Raises ValueError for another module, and for a name that cannot be one or is taken.
    """
    modules_by_name: dict[str, Module] = org.metadata.modules
    if old not in modules_by_name or modules_by_name[old].generated_type != "custom":
        raise ValueError("module is the API name of a custom module")
    if not re.fullmatch(r"[A-Za-z]\w*", new) or new in modules_by_name:
        raise ValueError(
            "api_name is a name that no module has, of letters, digits and underscores"
        )
    modules = [_rename_in(module, old, new) for module in modules_by_name.values()]
    org.metadata.modules = {module.api_name: module for module in modules}
    store = org.records
    if old in store.tables:
        store.tables[new] = store.tables.pop(old)
    for table in store.tables.values():
        for entry in list(table.deleted.values()):
            companions = [(_name(child, old, new), item) for child, item in entry.companions]
            table.deleted[entry.id] = replace(
                entry, module=_name(entry.module, old, new), companions=companions
            )
    for record_id, home in store.homes.items():
        store.homes[record_id] = _name(home, old, new)
    store.links = {
        "/".join(_name(part, old, new) for part in ends.split("/")): pairs
        for ends, pairs in store.links.items()
    }
    for tag in store.tags.values():
        tag.module = _name(tag.module, old, new)


def _name(name: str, old: str, new: str) -> str:
    return new if name == old else name


def _rename_in(module: Module, old: str, new: str) -> Module:
    """Return a module with the new name in place of the old one."""
    fields = tuple(
        replace(
            field,
            lookup=field.lookup and _name(field.lookup, old, new),
            lookup_modules=tuple(_name(name, old, new) for name in field.lookup_modules),
        )
        for field in module.fields
    )
    related_lists = tuple(
        replace(item, module=_name(item.module, old, new)) for item in module.related_lists
    )
    return replace(
        module,
        api_name=_name(module.api_name, old, new),
        fields=fields,
        related_lists=related_lists,
        parent_module=module.parent_module and _name(module.parent_module, old, new),
    )
