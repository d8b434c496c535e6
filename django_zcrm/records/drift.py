"""Where an organisation's fields are no longer what a class of records declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import fields
from .fields import Field
from .inspecting import FoundField
from .record import Record


def differences(kind: type[Record], found: Sequence[FoundField]) -> list[str]:
    """Return what is different, a line each: fields that are gone, changed or new.

    A choice that the class has and Zoho has not is a change, but not the other way round: that
    comes as a string. New fields, and whether a field is required or read-only, count where the
    class is `complete`.
    """
    meta = kind._meta
    declared = sorted(meta.fields.values(), key=lambda field: field.name)
    by_name = {field.name: field for field in found}
    lines = []
    for field in declared:
        if field.name not in by_name:
            lines.append(f"gone: {field.name} ({field.attribute})")
        elif changes := list(_changes(kind, field, by_name[field.name])):
            lines.append(f"changed: {field.name} ({field.attribute}) {', '.join(changes)}")
    if meta.is_complete:
        known = {field.name for field in declared}
        lines += [
            f"new: {field.name}, a {field.kind}" for field in found if field.name not in known
        ]
    return lines


def _changes(kind: type[Record], declared: Field[Any, Any], found: FoundField) -> Iterator[str]:
    wanted = declared.data_type
    if wanted and wanted != found.data_type:  # Other has none: it takes every type
        yield f"is of type {found.data_type}, not {wanted}"
        return
    if found.is_computed and declared.conversion is not _conversion(found):
        yield f"computes a {found.result_kind}"
    if declared.to and found.modules:
        target = kind._meta.target(declared).module
        if target not in found.modules:
            yield f"leads to {' and '.join(found.modules)}, not to {target}"
    if declared.choices and (gone := {one.value for one in declared.choices} - found.choices):
        yield f"has no choice {' and '.join(map(repr, sorted(map(str, gone))))}"
    if not kind._meta.is_complete or found.is_computed:
        return
    if declared.read_only != found.read_only:
        yield "is read-only" if found.read_only else "is no longer read-only"
    is_required = found.required and not found.read_only and found.kind != "Boolean"
    if declared.required != is_required:
        yield "is required" if is_required else "is no longer required"


def _conversion(found: FoundField) -> object:
    return getattr(fields, found.result_kind).conversion
