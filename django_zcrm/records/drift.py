"""Finds differences between an organisation's fields and the declaration of a class of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import fields
from .fields import Field
from .inspecting import FoundField
from .record import Record


def differences(record_class: type[Record], in_zoho: Sequence[FoundField]) -> list[str]:
    """Return the differences, a line each: missing, changed and new fields.

    A choice of the class that is missing in Zoho is a difference. A choice that only Zoho has is
    none: its value is returned as a string. If the class is `complete`, new fields and changes of
    required or read-only fields are differences too.
    """
    meta = record_class._meta
    declared = sorted(meta.fields.values(), key=lambda field: field.name)
    by_name = {field.name: field for field in in_zoho}
    lines = []
    for field in declared:
        if field.name not in by_name:
            lines.append(f"gone: {field.name} ({field.attribute})")
        elif changes := list(_changes(record_class, field, by_name[field.name])):
            lines.append(f"changed: {field.name} ({field.attribute}) {', '.join(changes)}")
    if meta.is_complete:
        declared_names = {field.name for field in declared}
        lines += [
            f"new: {field.name} ({field.kind})"
            for field in in_zoho
            if field.name not in declared_names
        ]
    return lines


def _changes(
    record_class: type[Record], declared: Field[Any, Any], in_zoho: FoundField
) -> Iterator[str]:
    data_type = declared.data_type
    if data_type and data_type != in_zoho.data_type:  # Other has no type: it accepts every type
        yield f"is of type {in_zoho.data_type}, not {data_type}"
        return
    if data_type and in_zoho.is_computed and declared.conversion is not _conversion(in_zoho):
        yield f"computes {in_zoho.result_kind}"
    if declared.to and in_zoho.modules:
        target = record_class._meta.target(declared).module
        if target not in in_zoho.modules:
            yield f"leads to {' and '.join(in_zoho.modules)}, not to {target}"
    if declared.choices and (
        missing_choices := {choice.value for choice in declared.choices} - in_zoho.choices
    ):
        yield f"has no choice {' and '.join(map(repr, sorted(map(str, missing_choices))))}"
    if not record_class._meta.is_complete or in_zoho.is_computed:
        return
    if declared.read_only != in_zoho.read_only:
        yield "is read-only" if in_zoho.read_only else "is no longer read-only"
    is_required = in_zoho.required and not in_zoho.read_only and in_zoho.kind != "Boolean"
    if declared.required != is_required:
        yield "is required" if is_required else "is no longer required"


def _conversion(in_zoho: FoundField) -> object:
    return getattr(fields, in_zoho.result_kind).conversion
