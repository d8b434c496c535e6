"""Checks the values of a record before they are saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..core import Refusal
from ..guesses import behaves
from ..state import Field, Module, Organisation, StoredRecord, User
from ..state.field import FILE_TYPES
from . import multi_lookups, tagging
from .multi_lookups import LinkChange
from .participants import parse_participants
from .rendering import user_reference
from .values import JSONPath, format_moment, is_id, parse

#: Keys of an item that are no fields, where unknown ones are refused.
_ALWAYS_KNOWN = frozenset({"id", "se_module", "Tag", "product"})


@dataclasses.dataclass
class ValidatedRecord:
    """The checked values of one record, and the rows of its subforms."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    rows: dict[str, list[ValidatedRow]] = dataclasses.field(default_factory=dict)
    links: dict[str, LinkChange] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class ValidatedRow:
    """One row of a subform: a new one, a changed one (`id`), or one to delete."""

    id: str | None
    values: dict[str, Any]
    drop: bool = False


def copy_rows(
    child: Module, rows: Mapping[str, StoredRecord], ids: Iterable[str] | None
) -> list[ValidatedRow]:
    """Return new rows of a subform, `child`, with the values of existing rows."""
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
    old: StoredRecord | None,
    user: User,
) -> ValidatedRecord:
    """Check the values of `item` and return them.

    `old` is the record to be changed, None for a new one. Unknown names and values of read-only
    fields are ignored, as in Zoho. Raises Refusal for the first value that is refused.
    """
    validated, refusals = validate_fields(org, module, item, path, old, user)
    if len(refusals) > 1 and behaves("records.several-errors", "all"):
        raise _several(refusals)
    if refusals:
        raise next(iter(refusals.values()))
    check_dependencies(module, validated, path, old, format_moment(org.clock.now()))
    errors = duplicate_errors(org, module, validated, path, old)
    if len(errors) == 1:
        raise next(iter(errors.values()))
    if errors:
        raise _several(errors)
    return validated


def _several(errors: Mapping[str, Refusal]) -> Refusal:
    return Refusal(
        "MULTIPLE_OR_MULTI_ERRORS",
        "Multiple errors encountered",
        details={"errors": [error.body for error in errors.values()]},
    )


def validate_fields(
    org: Organisation,
    module: Module,
    item: Mapping[str, Any],
    path: JSONPath,
    old: StoredRecord | None,
    user: User,
) -> tuple[ValidatedRecord, dict[str, Refusal]]:
    """Return the valid values of `item` as a draft, and the errors of others by API name."""
    validated, refusals = ValidatedRecord(), dict[str, Refusal]()
    traits = path.dialect
    for name, field in module.fields_by_name(traits.number).items():
        if name not in item:
            is_optional = name == "Call_Duration"
            if old is None and _is_mandatory(module, field) and not is_optional:
                refusals[name] = JSONPath(traits, name, f"{path.path}.{name}").missing()
            continue
        child = JSONPath(traits, name, f"{path.path}.{name}")
        try:
            _validate_field(org, module, field, item, child, old, user, validated)
        except Refusal as refusal:
            refusals[name] = refusal
    if module.api_name == "Events" and isinstance(item.get("$send_notification"), bool):
        validated.values["$send_notification"] = item["$send_notification"]
    if behaves("records.unknown-fields", "refused"):
        for name in item.keys() - module.field_map.keys() - _ALWAYS_KNOWN:
            if name[:1] not in "$_" and name not in module.fields_by_name(traits.number):
                refusals[name] = JSONPath(traits, name, f"{path.path}.{name}").invalid()
    return validated, refusals


def _is_mandatory(module: Module, field: Field) -> bool:
    return field.mandatory or (
        (module.api_name, field.api_name) == ("Leads", "Company")
        and behaves("records.lead-company", "mandatory")
    )


def _validate_field(
    org: Organisation,
    module: Module,
    field: Field,
    item: Mapping[str, Any],
    child: JSONPath,
    old: StoredRecord | None,
    user: User,
    validated: ValidatedRecord,
) -> None:
    """Add one value to the draft. Raises Refusal for an invalid value."""
    value = item[child.api_name]
    if field.is_list_of_tags:
        if isinstance(value, list):
            validated.values["Tag"] = tagging.tag_ids(org, module, value, child, user)
        return
    if field.read_only or field.api_name == "id":
        return
    if field.data_type == "subform":
        validated.rows[field.api_name] = _check_rows(org, field, value, child, old, user)
        if field.mandatory and old is None and not validated.rows[field.api_name]:
            raise child.missing()
        return
    if field.data_type == "participants":
        validated.values[field.api_name] = parse_participants(org, value, child)
        return
    if field.data_type == "multiselectlookup":
        record_id = old["id"] if old else None
        validated.links[field.api_name] = multi_lookups.check(
            org, module, field, value, child, record_id
        )
        return
    if value is None and field.api_name == "Owner" and behaves("records.null-owner", "refused"):
        raise child.invalid(expected_data_type="jsonobject")
    parsed = parse(org, field, value, child)
    if parsed is None and field.mandatory:
        raise child.missing()
    if parsed is None and field.data_type == "boolean":
        parsed = False
    if old is not None:
        parsed = _append_values(field, item, old, parsed)
    validated.values[field.api_name] = parsed


def _check_rows(
    org: Organisation,
    subform: Field,
    value: Any,
    path: JSONPath,
    old: StoredRecord | None,
    user: User,
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
            row_id = None if not behaves("records.line-item-id", "row") else row_id
        if row_id is not None and row_id not in existing:
            raise child.child("id").unknown_id()
        if row_id is not None and "_delete" in item:
            rows.append(ValidatedRow(row_id, {}, drop=True))
            existing.remove(row_id)
            continue
        row = check(org, module, item, child, table.get(row_id) if row_id else None, user)
        rows.append(ValidatedRow(row_id, row.values))
    return rows


def _append_values(field: Field, item: Mapping[str, Any], old: StoredRecord, parsed: Any) -> Any:
    """Add to a multi-select instead of replacing it, if `$append_values` requires it."""
    if field.data_type in FILE_TYPES and parsed is not None:
        before = old.get(field.api_name) or []
        return [*before, *(value for value in parsed if value not in before)]
    if field.data_type != "multiselectpicklist" or parsed is None:
        return parsed
    append = item.get("$append_values")
    if isinstance(append, dict):
        append = append.get(field.api_name)
    if append is not True:
        return parsed
    before = old.get(field.api_name) or []
    return [*before, *(choice for choice in parsed if choice not in before)]


def check_dependencies(
    module: Module, validated: ValidatedRecord, path: JSONPath, old: StoredRecord | None, now: str
) -> None:
    """Raise Refusal for a value that does not fit other values of the record."""
    new_record = {**(old or {}), **validated.values}
    if module.api_name == "Events" and new_record["End_DateTime"] < new_record["Start_DateTime"]:
        raise path.child("End_DateTime").invalid("End date time cannot be before start date time")
    if module.api_name == "Calls":
        _check_call(new_record, path, now)
    probability = new_record.get("Probability")
    if module.api_name == "Deals" and probability is not None and not 0 <= probability <= 100:
        raise path.child("Probability").invalid()


def _check_call(call: Mapping[str, Any], path: JSONPath, now: str) -> None:
    """Refuse a call with neither a duration nor a future start, or an empty inbound call."""
    duration = call.get("Call_Duration")
    is_needed = behaves("records.call-without-duration", "refused")
    if duration is None and (is_needed or call["Call_Start_Time"] <= now):
        raise path.child("Call_Duration").missing()
    if call.get("Call_Type") == "Inbound" and duration in ("00:00", "00:00:00"):
        dependee = path.child("Call_Type").details()
        raise Refusal(
            "DEPENDENT_MISMATCH",
            "the given value is invalid",
            details=path.child("Call_Duration").details(dependee=dependee),
        )


def duplicate_errors(
    org: Organisation,
    module: Module,
    validated: ValidatedRecord,
    path: JSONPath,
    old: StoredRecord | None,
) -> dict[str, Refusal]:
    """Return the errors for values of unique fields that other records have, by API name."""
    table = org.records.table(module.api_name)
    results = {}
    for field in module.fields:
        value = validated.values.get(field.api_name) if field.unique else None
        if value is None:
            continue
        for other in table.find(field.api_name, value):
            if old is None or other["id"] != old["id"]:
                child = path.child(field.api_name)
                results[field.api_name] = duplicate(org, module, child, other)
                break
    return results


def duplicate(org: Organisation, module: Module, path: JSONPath, other: StoredRecord) -> Refusal:
    """Return the error for a value that another record already has."""
    details = path.details(id=other["id"])
    if path.dialect.describes_duplicates:
        details["duplicate_record"] = {
            "id": other["id"],
            "Owner": user_reference(org, other.get("Owner")),
            "module": {"api_name": module.api_name, "id": module.id},
        }
    return Refusal("DUPLICATE_DATA", "duplicate data", details=details)


def id_of(item: Mapping[str, Any], path: JSONPath) -> str:
    """Return the `id` in an item of an update. Raises Refusal when it is missing or malformed."""
    record_id = item.get("id")
    if record_id is None:
        raise path.child("id").missing()
    record_id = str(record_id)
    if not is_id(record_id):
        raise path.child("id").invalid(
            "the id given seems to be invalid", expected_data_type="bigint"
        )
    return record_id
