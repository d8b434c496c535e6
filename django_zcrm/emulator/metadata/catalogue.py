"""The modules of one organisation, with their ids, found by name or id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import count

from ..state import Field, Module
from ..state.catalogue import Catalogue
from ..state.ids import FIRST_PREFIX, make_id
from .definitions import STANDARD_MODULES

#: A module that every organisation lists, and that has neither fields nor records.
FUNCTIONS = "Functions__s"

#: Ids that a module may use for its fields, views, related lists and sections. Records get ids
#: above all of these, so an id never repeats.
_IDS_PER_MODULE = 1000


@lru_cache(maxsize=16)
def _standard(id_prefix: int) -> Catalogue:
    return Catalogue(
        {
            module.api_name: number_module(module, number, _block(id_prefix, number))
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
    return lambda: make_id(id_prefix, next(serials))


def number_module(module: Module, sequence_number: int, next_id: Callable[[], str]) -> Module:
    """Return a module with ids, for itself and everything in it."""
    return replace(
        module,
        id=next_id(),
        sequence_number=sequence_number,
        layout_id=next_id(),
        views=tuple(replace(view, id=next_id()) for view in module.views),
        related_lists=tuple(replace(item, id=next_id()) for item in module.related_lists),
        sections=tuple(replace(item, id=next_id()) for item in module.sections),
        fields=tuple(number_field(item, next_id) for item in module.fields),
    )


def number_field(field: Field, next_id: Callable[[], str]) -> Field:
    """Return a field with ids, for itself and its choices; choices that have one keep it."""
    return replace(
        field,
        id=field.id or next_id(),
        values=tuple(replace(value, id=value.id or next_id()) for value in field.values),
    )
