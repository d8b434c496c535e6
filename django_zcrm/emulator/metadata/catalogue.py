"""The modules of one organisation, numbered, found by name or id.

Knows neither records nor requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from django_zcrm.emulator.metadata.definitions import STANDARD_MODULES
from django_zcrm.emulator.metadata.field import Field
from django_zcrm.emulator.metadata.module import CustomView, Module

_PREFIX = "3652397"
#: Ids that a module may use for its fields, views, related lists and sections. Records get ids
#: above all of these, so an id never repeats.
_IDS_PER_MODULE = 1000


@dataclass
class Catalogue:
    """What exists in an organisation. Modules are immutable: `replace` puts a changed one in."""

    modules: dict[str, Module] = field(default_factory=dict)

    def module(self, name_or_id: str) -> Module | None:
        """Find a module by its API name (as spelled) or its id."""
        found = self.modules.get(name_or_id)
        if found is None and name_or_id.isdigit():
            found = next((item for item in self.modules.values() if item.id == name_or_id), None)
        return found

    def replace(self, module: Module) -> None:
        """Put a changed or new module in the place of its namesake."""
        self.modules[module.api_name] = module

    def copy(self) -> Catalogue:
        """Return a catalogue that can change on its own."""
        return Catalogue(dict(self.modules))

    def view(self, view_id: str) -> tuple[Module, CustomView] | None:
        """Find a custom view by id, with the module that it belongs to."""
        for module in self.modules.values():
            for view in module.views:
                if view.id == view_id:
                    return module, view
        return None


@cache
def _standard() -> Catalogue:
    return Catalogue(
        {
            module.api_name: numbered(module, number)
            for number, module in enumerate(STANDARD_MODULES, start=1)
        }
    )


def standard_catalogue() -> Catalogue:
    """Return what a fresh organisation has; the immutable modules are shared by all of them."""
    return _standard().copy()


def numbered(module: Module, number: int) -> Module:
    """Give a module, and everything in it, its ids."""
    base = number * _IDS_PER_MODULE

    def ids(start: int) -> Iterable[str]:
        serial = base + start
        while True:
            yield f"{_PREFIX}{serial:012d}"
            serial += 1

    field_ids = iter(ids(100))
    view_ids = iter(ids(10))
    list_ids = iter(ids(30))
    section_ids = iter(ids(60))
    choice_ids = iter(ids(300))

    def with_ids(item: Field) -> Field:
        return replace(
            item,
            id=next(field_ids),
            values=tuple(replace(value, id=next(choice_ids)) for value in item.values),
        )

    return replace(
        module,
        id=f"{_PREFIX}{base:012d}",
        sequence_number=number,
        layout_id=f"{_PREFIX}{base + 1:012d}",
        fields=tuple(with_ids(item) for item in module.fields),
        views=tuple(replace(view, id=next(view_ids)) for view in module.views),
        related_lists=tuple(replace(item, id=next(list_ids)) for item in module.related_lists),
        sections=tuple(replace(item, id=next(section_ids)) for item in module.sections),
    )
