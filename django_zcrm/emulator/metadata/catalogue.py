"""The modules of one organisation, with their ids, found by name or id.

Knows neither records nor requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count

from django_zcrm.emulator.ids import FIRST_PREFIX, numbered_id
from django_zcrm.emulator.metadata.definitions import STANDARD_MODULES
from django_zcrm.emulator.metadata.field import Field
from django_zcrm.emulator.metadata.module import CustomView, Module

#: Ids that a module may use for its fields, views, related lists and sections. Records get ids
#: above all of these, so an id never repeats.
_IDS_PER_MODULE = 1000


@dataclass
class Catalogue:
    """The modules of an organisation. They are immutable: `replace` swaps in a changed one."""

    modules: dict[str, Module] = field(default_factory=dict)

    def module(self, name_or_id: str) -> Module | None:
        """Find a module by its API name (as spelled) or its id."""
        found = self.modules.get(name_or_id)
        if found is None and name_or_id.isdigit():
            found = next((item for item in self.modules.values() if item.id == name_or_id), None)
        return found

    def replace(self, module: Module) -> None:
        """Put in a module, replacing the one of the same name if there is one."""
        self.modules[module.api_name] = module

    def add(self, module: Module) -> None:
        """Put in a new module whose records can have notes and attachments."""
        self.replace(module)
        for name in ("Notes", "Attachments"):
            holder = self.modules[name]
            self.replace(
                holder.with_fields(
                    replace(field, lookup_modules=(*field.lookup_modules, module.api_name))
                    if field.api_name == "Parent_Id"
                    else field
                    for field in holder.fields
                )
            )

    def copy(self) -> Catalogue:
        """Return a catalogue that can change independently."""
        return Catalogue(dict(self.modules))

    def view(self, view_id: str) -> tuple[Module, CustomView] | None:
        """Find a custom view by id, with the module that it belongs to."""
        for module in self.modules.values():
            for view in module.views:
                if view.id == view_id:
                    return module, view
        return None


@lru_cache(maxsize=16)
def _standard(id_prefix: int) -> Catalogue:
    return Catalogue(
        {
            module.api_name: numbered(module, number, _block(id_prefix, number))
            for number, module in enumerate(STANDARD_MODULES, start=1)
        }
    )


def standard_catalogue(id_prefix: int = FIRST_PREFIX) -> Catalogue:
    """Return the catalogue of a fresh organisation whose ids begin with ``id_prefix``.

    Organisations of different emulators share the modules, which are immutable.
    """
    return _standard(id_prefix).copy()


def _block(id_prefix: int, number: int) -> Callable[[], str]:
    serials = count(number * _IDS_PER_MODULE)
    return lambda: numbered_id(id_prefix, next(serials))


def numbered(module: Module, sequence_number: int, next_id: Callable[[], str]) -> Module:
    """Return a module with ids, for itself and everything in it."""
    return replace(
        module,
        id=next_id(),
        sequence_number=sequence_number,
        layout_id=next_id(),
        views=tuple(replace(view, id=next_id()) for view in module.views),
        related_lists=tuple(replace(item, id=next_id()) for item in module.related_lists),
        sections=tuple(replace(item, id=next_id()) for item in module.sections),
        fields=tuple(numbered_field(item, next_id) for item in module.fields),
    )


def numbered_field(field: Field, next_id: Callable[[], str]) -> Field:
    """Return a field with ids, for itself and its choices; choices that have one keep it."""
    return replace(
        field,
        id=field.id or next_id(),
        values=tuple(replace(value, id=value.id or next_id()) for value in field.values),
    )
