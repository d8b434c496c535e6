"""Checks the values of a record before they are saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine import multi_lookups, tagging
from django_zcrm.emulator.engine.multi_lookups import LinkChange
from django_zcrm.emulator.engine.rendering import user_reference
from django_zcrm.emulator.engine.values import JSONPath, is_id, parse
from django_zcrm.emulator.state.field import FILE_TYPES, Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.store import Record


@dataclass
class ValidatedRecord:
    """The checked values of one record, and the rows of its subforms."""

    values: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[ValidatedRow]] = field(default_factory=dict)
    links: dict[str, LinkChange] = field(default_factory=dict)


@dataclass
class ValidatedRow:
    """One row of a subform: a new one, a changed one (`id`), or one to delete."""

    id: str | None
    values: dict[str, Any]
    drop: bool = False


def copied_rows(
    child: Module, rows: Mapping[str, Record], ids: Iterable[str] | None
) -> list[ValidatedRow]:
    """Return new rows of a subform, `child`, with the values of others that are there."""
    names = [field.api_name for field in child.fields if not field.read_only]
    return [
        ValidatedRow(None, {name: rows[row_id].get(name) for name in names})
        for row_id in ids or ()
        if row_id in rows
    ]


def check(
    org: Organisation,
    module: Module,
    item: Mapping[str, Any],
    path: JSONPath,
    old: Record | None,
    user: User,
) -> ValidatedRecord:
    """Check the values of `item` and return them.

    `old` is the record to be changed, None for a new one. Unknown names and values of read-only
    fields are ignored, as in Zoho. Raises Problem for the first value that is refused.
    """
    validated, refused = validate_fields(org, module, item, path, old, user)
    if refused:
        raise next(iter(refused.values()))
    _check_dependencies(module, validated, path, old)
    repeated = list(duplicate_errors(org, module, validated, path, old).values())
    if len(repeated) == 1:
        raise repeated[0]
    if repeated:
        raise Problem(
            "MULTIPLE_OR_MULTI_ERRORS",
            "Multiple errors encountered",
            details={"errors": [clash.body for clash in repeated]},
        )
    return validated


def validate_fields(
    org: Organisation,
    module: Module,
    item: Mapping[str, Any],
    path: JSONPath,
    old: Record | None,
    user: User,
) -> tuple[ValidatedRecord, dict[str, Problem]]:
    """Return the valid values of `item` as a draft, and the errors of others by API name."""
    validated, refused = ValidatedRecord(), dict[str, Problem]()
    traits = path.dialect
    for name, known in module.fields_by_name(traits.number).items():
        if name not in item:
            if old is None and known.mandatory:
                refused[name] = JSONPath(traits, name, f"{path.path}.{name}").missing()
            continue
        child = JSONPath(traits, name, f"{path.path}.{name}")
        try:
            _validate_field(org, module, known, item, child, old, user, validated)
        except Problem as problem:
            refused[name] = problem
    return validated, refused


def _validate_field(
    org: Organisation,
    module: Module,
    known: Field,
    item: Mapping[str, Any],
    child: JSONPath,
    old: Record | None,
    user: User,
    validated: ValidatedRecord,
) -> None:
    """Put one value into the draft. Raises Problem when it is refused."""
    value = item[child.api_name]
    if known.is_list_of_tags:
        if isinstance(value, list):
            validated.values["Tag"] = tagging.tag_ids(org, module, value, child, user)
        return
    if known.read_only or known.api_name == "id":
        return
    if known.data_type == "subform":
        validated.rows[known.api_name] = _check_rows(org, known, value, child, old, user)
        if known.mandatory and old is None and not validated.rows[known.api_name]:
            raise child.missing()
        return
    if known.data_type == "multiselectlookup":
        record_id = old["id"] if old else None
        validated.links[known.api_name] = multi_lookups.check(
            org, module, known, value, child, record_id
        )
        return
    parsed = parse(org, known, value, child)
    if parsed is None and known.mandatory:
        raise child.missing()
    if parsed is None and known.data_type == "boolean":
        parsed = False
    if old is not None:
        parsed = _appended(known, item, old, parsed)
    validated.values[known.api_name] = parsed


def _check_rows(
    org: Organisation, subform: Field, value: Any, path: JSONPath, old: Record | None, user: User
) -> list[ValidatedRow]:
    if value is None:
        value = []
    if not isinstance(value, list):
        raise path.invalid(expected_data_type="jsonarray")
    if len(value) > 200:
        raise path.invalid(maximum_length=200)
    module = org.metadata.modules[subform.subform or ""]
    existing = set(old.get(subform.api_name) or ()) if old else set()
    table = org.records.table(module.api_name)
    rows = []
    for index, item in enumerate(value):
        child = path.child(index)
        if not isinstance(item, dict):
            raise child.invalid(expected_data_type="jsonobject")
        row_id = None if item.get("id") is None else str(item["id"])
        if old is None and not path.dialect.merges_subforms:
            # n8n's Zoho node sends the product's id as well, and in v2 that makes a row.
            row_id = None
        if row_id is not None and row_id not in existing:
            raise child.child("id").unknown_id()
        if row_id is not None and "_delete" in item:
            rows.append(ValidatedRow(row_id, {}, drop=True))
            continue
        row = check(org, module, item, child, table.get(row_id) if row_id else None, user)
        rows.append(ValidatedRow(row_id, row.values))
    return rows


def _appended(known: Field, item: Mapping[str, Any], old: Record, parsed: Any) -> Any:
    """Add to a multi-select instead of replacing it, if `$append_values` says so."""
    if known.data_type in FILE_TYPES and parsed is not None:
        before = old.get(known.api_name) or []
        return [*before, *(value for value in parsed if value not in before)]
    if known.data_type != "multiselectpicklist" or parsed is None:
        return parsed
    append = item.get("$append_values")
    if isinstance(append, dict):
        append = append.get(known.api_name)
    if append is not True:
        return parsed
    before = old.get(known.api_name) or []
    return [*before, *(choice for choice in parsed if choice not in before)]


def _check_dependencies(
    module: Module, validated: ValidatedRecord, path: JSONPath, old: Record | None
) -> None:
    merged = {**(old or {}), **validated.values}
    if module.api_name == "Events" and merged["End_DateTime"] < merged["Start_DateTime"]:
        raise path.child("End_DateTime").invalid("End date time cannot be before start date time")


def duplicate_errors(
    org: Organisation,
    module: Module,
    validated: ValidatedRecord,
    path: JSONPath,
    old: Record | None,
) -> dict[str, Problem]:
    """Return the errors for values of unique fields that other records have, by API name."""
    table = org.records.table(module.api_name)
    results = {}
    for known in module.fields:
        value = validated.values.get(known.api_name) if known.unique else None
        if value is None:
            continue
        for other in table.find(known.api_name, value):
            if old is None or other["id"] != old["id"]:
                child = path.child(known.api_name)
                results[known.api_name] = duplicate(org, module, child, other)
                break
    return results


def duplicate(org: Organisation, module: Module, path: JSONPath, other: Record) -> Problem:
    """Return the error for a value that another record already has."""
    details = path.details(id=other["id"])
    if path.dialect.describes_duplicates:
        details["duplicate_record"] = {
            "id": other["id"],
            "Owner": user_reference(org, other.get("Owner")),
            "module": {"api_name": module.api_name, "id": module.id},
        }
    return Problem("DUPLICATE_DATA", "duplicate data", details=details)


def id_of(item: Mapping[str, Any], path: JSONPath) -> str:
    """Return the `id` in an item of an update. Raises Problem when it is missing or malformed."""
    record_id = item.get("id")
    if record_id is None:
        raise path.child("id").missing()
    record_id = str(record_id)
    if not is_id(record_id):
        raise path.child("id").invalid(
            "the id given seems to be invalid", expected_data_type="bigint"
        )
    return record_id
