"""Merges what the metadata of several organisations has for one module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .inspecting import FoundField

MAX_NAMES = 3
"""Organisations that a comment names; of more, it has the number."""

NUMBERS = frozenset({"integer", "bigint", "currency", "double", "percent", "decimal"})
TEXTS = frozenset({"text", "email", "phone", "website", "picklist", "autonumber"})


def merge_fields(by_organisation: Mapping[str, Sequence[FoundField]]) -> list[FoundField]:
    """Return the merged fields of one or several organisations, in the order of the first.

    A field that some organisations lack has a comment in `only_in`. Fields with the same label and
    data type become one field with `aliases`, unless an organisation has two of them. The larger
    length is used, so that a field can store the values of all organisations.
    """
    fields_by_name: dict[str, dict[str, FoundField]] = {}
    for organisation, fields in by_organisation.items():
        for field in fields:
            fields_by_name.setdefault(field.name, {})[organisation] = field
    result = []
    for names in _group_aliases(fields_by_name, len(by_organisation)):
        owners = [
            owner
            for owner in by_organisation
            if any(owner in fields_by_name[name] for name in names)
        ]
        field = _merge([field for name in names for field in fields_by_name[name].values()])
        only_in = describe_owners(owners, len(by_organisation))
        result.append(replace(field, aliases=tuple(names[1:]), only_in=only_in))
    return result


def describe_owners(those: Sequence[str], total: int) -> str:
    """Return a comment that names the organisations, for what not all have; empty if all do."""
    if len(those) == total:
        return ""
    if len(those) > MAX_NAMES:
        return f"only in {len(those)} of {total}"
    names = ("".join(char if char.isprintable() else " " for char in name) for name in those)
    return f"only in {', '.join(names)}"


def _group_aliases(
    fields_by_name: Mapping[str, Mapping[str, FoundField]], organisations: int
) -> list[list[str]]:
    """Return the names of fields; those of fields that are probably the same are together."""
    counts = Counter(
        (_meaning(field), owner)
        for owners in fields_by_name.values()
        for owner, field in owners.items()
    )
    ambiguous = {meaning for (meaning, _), count in counts.items() if count > 1}
    groups: list[list[str]] = []
    by_meaning: dict[tuple[str, str], list[str]] = {}
    for name, owners in fields_by_name.items():
        meaning = _meaning(next(iter(owners.values())))
        group = None if meaning in ambiguous else by_meaning.get(meaning)
        if group and len(owners) < organisations:
            organisations_of_group = {owner for other in group for owner in fields_by_name[other]}
            if organisations_of_group.isdisjoint(owners):
                group.append(name)
                continue
        groups.append([name])
        if meaning[0] and len(owners) < organisations:
            by_meaning.setdefault(meaning, groups[-1])
    return groups


def _meaning(field: FoundField) -> tuple[str, str]:
    return field.label.strip().casefold(), _data_type(field)


def _merge(fields: Sequence[FoundField]) -> FoundField:
    """Return a field that holds the values of all of them, with the name of the first."""
    types = {_data_type(field) for field in fields}
    first = fields[0]
    if len(types) > 1:
        data_type = "text" if types <= TEXTS else "double" if types <= NUMBERS else "jsonobject"
        first = replace(first, data_type=data_type, result="")
    lengths = [field.length for field in fields]
    return replace(
        first,
        required=any(field.required for field in fields),
        read_only=any(field.read_only for field in fields),
        unique=all(field.unique for field in fields),
        modules=tuple(dict.fromkeys(module for field in fields for module in field.modules)),
        length=max(lengths) if all(lengths) else 0,
        decimals=max(field.decimals for field in fields),
    )


def _data_type(field: FoundField) -> str:
    return (field.result or "text") if field.is_computed else field.data_type
