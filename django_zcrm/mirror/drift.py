"""Finds differences between an organisation's fields and the mirrored models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import models

from ..management.declared import Declared
from ..records.inspecting import FoundField
from .declared_fields import find_match_field, match_problem
from .models import MirrorModel
from .options import MirrorOptions, mirrored_models, options_of
from .planning.fields import match_fields

_NUMBERS = frozenset({"currency", "double", "percent", "decimal", "integer", "bigint"})
_TEXTS = frozenset({"text", "textarea", "email", "phone", "website", "picklist", "autonumber"})
_HOLDS: tuple[tuple[type[models.Field[Any, Any]], frozenset[str]], ...] = (
    (models.DateTimeField, frozenset({"datetime"})),
    (models.DateField, frozenset({"date", "datetime"})),
    (models.BooleanField, frozenset({"boolean"})),
    (models.DecimalField, _NUMBERS),
    (models.FloatField, _NUMBERS),
    (models.IntegerField, frozenset({"integer", "bigint"})),
    (models.ForeignKey, frozenset({"lookup"})),
)
"""Zoho's data types that a column holds, the first class that fits; any other column holds all."""


def list_declared() -> Iterator[Declared]:
    """Yield the project's mirrored models, in the order of their modules."""
    for module, model in sorted(mirrored_models().items()):
        yield Declared(model, module, partial(find_field_differences, options_of(model)))


def find_field_differences(options: MirrorOptions, in_zoho: Sequence[FoundField]) -> list[str]:
    """Return the differences, a line each: fields that are gone, changed or newly required.

    Required fields count for models that create records: `push` has at least one of them.
    """
    by_name = {field.name: field for field in in_zoho}
    names_in_zoho = match_fields(options.declared, by_name).names
    names = {zoho_name: name for name, zoho_name in options.fields.items()}
    if options.push and options.match_on:
        names.setdefault(options.match_on, "match_on")
    lines = []
    for zoho_name, name in sorted(names.items()):
        found = by_name.get(names_in_zoho.get(zoho_name, ""))
        if found is None:
            lines.append(f"gone: {zoho_name} ({name})")
        elif name in options.fields and (changes := list(_describe_changes(options, name, found))):
            lines.append(f"changed: {found.name} ({name}) {', '.join(changes)}")
    if name := find_match_field(options, by_name):
        problem = match_problem(options, name=name, is_unique=by_name[name].unique)
        lines += [f"match_on: {problem}"] if problem else []
    return lines + [
        f"new: {field.name} ({field.kind}) is required, and push lacks it"
        for field in _find_required_fields_not_sent(options, names_in_zoho, in_zoho)
    ]


def _describe_changes(options: MirrorOptions, name: str, in_zoho: FoundField) -> Iterator[str]:
    column: Any = options.model._meta.get_field(name)
    is_sent = name in options.push
    data_type = (in_zoho.result or "text") if in_zoho.is_computed else in_zoho.data_type
    data_types = next(
        (types for column_type, types in _HOLDS if isinstance(column, column_type)), None
    )
    if data_types is None and is_sent and not isinstance(column, models.JSONField):
        # Sent as the text that they are.
        data_types = _TEXTS | {"lookup", "ownerlookup", "userlookup"}
    if data_types is not None and data_type not in data_types:
        yield f"is of type {data_type}, which {type(column).__name__} does not hold"
        return
    if is_sent and (in_zoho.read_only or in_zoho.is_computed):
        yield "is read-only, and push sends it"
    to = column.related_model
    if isinstance(to, type) and issubclass(to, MirrorModel) and in_zoho.modules:
        target = options_of(to).module
        if target not in in_zoho.modules:
            yield f"leads to {' and '.join(in_zoho.modules)}, not to {target}"
    if in_zoho.choices:
        column_choices = {str(value) for value, _ in column.flatchoices if value not in ("", None)}
        if missing_choices := column_choices - in_zoho.choices:
            yield f"has no choice {' and '.join(map(repr, sorted(missing_choices)))}"


def _find_required_fields_not_sent(
    options: MirrorOptions, names_in_zoho: Mapping[str, str], in_zoho: Sequence[FoundField]
) -> list[FoundField]:
    required = [
        field
        for field in in_zoho
        if field.required and not field.read_only and field.kind != "Boolean"
    ]
    pushed_names = {names_in_zoho.get(name) for name in options.pushed.values()}
    missing = [field for field in required if field.name not in pushed_names]
    return missing if len(missing) < len(required) else []
