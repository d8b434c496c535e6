"""Matches the fields that a model declares with those that an organisation has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

EXTRA = "$extra"
"""The key in a record under which the values of fields without a column are collected."""


@dataclass(frozen=True, slots=True)
class OrganisationFields:
    """The declared fields of a module in one organisation.

    A declared field is known by its first name. `names` has the name in the organisation of each
    that it has, and `missing` the closest existing name, if any, of each that it lacks. `extra` are
    the organisation's custom fields that are not declared.
    """

    names: Mapping[str, str]
    missing: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names in the organisation of the fields that are read."""
        return (*self.names.values(), *self.extra)

    def to_declared(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record of the organisation with the declared names."""
        renamed = {name: first for first, name in self.names.items() if name != first}
        if not renamed and not self.extra:
            return record
        values = {renamed.get(name, name): value for name, value in record.items()}
        if any(name in record for name in self.extra):
            values[EXTRA] = {name: values.pop(name) for name in self.extra if name in values}
        return values

    def to_organisation(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values under declared names with the names of the organisation."""
        return {self.names.get(name, name): value for name, value in values.items()}


def match_fields(
    declared: Iterable[Sequence[str]],
    zoho_names: Collection[str],
    custom: Collection[str] | None = None,
) -> OrganisationFields:
    """Match declared fields, each with its possible names, with the names that Zoho knows.

    `custom` are the names of all custom fields, if those without a column are to be read.
    """
    names: dict[str, str] = {}
    missing: dict[str, str] = {}
    for possible in declared:
        name = next((name for name in possible if name in zoho_names), None)
        if name is not None:
            names[possible[0]] = name
        else:
            close = (get_close_matches(name, zoho_names, 1) for name in possible)
            missing[possible[0]] = next((matches[0] for matches in close if matches), "")
    extra = () if custom is None else tuple(sorted(set(custom) - set(names.values())))
    return OrganisationFields(names, missing, extra)
