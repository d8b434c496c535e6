"""The request for a bulk write: its resources with their mappings, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ...core import Refusal, dialect, invalid_data
from ...state import Field, Item, Module, Organisation
from ...state.bulk import KEPT_SECONDS
from .csv_reader import MAX_COLUMNS

OPERATIONS = ("insert", "update", "upsert")


@dataclass(frozen=True)
class Mapping:
    """The mapping of a column of the CSV; with `index` None, only the default value is used."""

    api_name: str
    index: int | None
    format: str | None = None
    default: str | None = None
    find_by: str | None = None
    parent_column: int | None = None


@dataclass(frozen=True)
class WriteResource:
    """One CSV of a job and its target module; without mappings the header's names are used."""

    module: str
    archive_id: str
    file: str
    find_by: str | None
    ignore_empty: bool
    mappings: tuple[Mapping, ...] = field(default=())


def read(org: Organisation, body: Item, version: float) -> list[WriteResource]:
    """Return the resources of a job's body. Raises Refusal for a body that Zoho would refuse."""
    operation = _require(body, "operation", "$")
    if operation not in OPERATIONS:
        raise invalid_data(
            api_name="operation", json_path="$.operation", supported_values=list(OPERATIONS)
        )
    encoding = body.get("character_encoding")
    if encoding is not None and not _is_encoding(encoding):
        raise invalid_data(api_name="character_encoding", json_path="$.character_encoding")
    items = _require(body, "resource", "$")
    if not isinstance(items, list) or not items:
        raise invalid_data(
            api_name="resource", json_path="$.resource", expected_data_type="jsonarray"
        )
    return [
        _resource(org, body, item, f"$.resource[{index}]", version)
        for index, item in enumerate(items)
    ]


def _is_encoding(name: Any) -> bool:
    try:
        "".encode(name)
    except (LookupError, TypeError, ValueError):
        return False
    return True


def _require(item: Item, name: str, path: str) -> Any:
    value = item.get(name)
    if value is None or value == "":
        raise Refusal(
            "MISSING_REQUIRED_KEY",
            f"Required key {name} is not available",
            details={"json_path": f"{path}.{name}"},
        )
    return value


def _resource(org: Organisation, body: Item, item: Any, path: str, version: float) -> WriteResource:
    if not isinstance(item, dict):
        raise invalid_data(json_path=path, expected_data_type="jsonobject")
    if _require(item, "type", path) != "data":
        raise invalid_data(api_name="type", json_path=f"{path}.type", supported_values=["data"])
    module = _module(org, item, path, in_text=dialect(version).bulk_names_in_text)
    archive_id = str(_require(item, "file_id", path))
    # Zoho's pages have it next to `operation`, its newer OpenAPI files in each resource.
    ignore_empty = item.get("ignore_empty", body.get("ignore_empty", False))
    if not isinstance(ignore_empty, bool):
        raise invalid_data(
            api_name="ignore_empty", json_path=f"{path}.ignore_empty", expected_data_type="boolean"
        )
    resource = WriteResource(
        module.api_name,
        archive_id,
        _file(org, archive_id, item, path),
        _find_by(module, body["operation"], item, path),
        ignore_empty,
        _mappings(item, path),
    )
    for mapping in resource.mappings:
        find_field(module, mapping.api_name, version)
    if resource.mappings and body["operation"] == "insert":
        check_mandatory(module, resource.mappings)
    return resource


def _module(org: Organisation, item: Item, path: str, *, in_text: bool) -> Module:
    value = _require(item, "module", path)
    if isinstance(value, dict) is in_text:
        raise Refusal("REQUEST_BODY_NOT_SUPPORTED", "The request body is not supported")
    name = _require(value, "api_name", f"{path}.module") if isinstance(value, dict) else str(value)
    module: Module | None = org.metadata.modules.get(name) if isinstance(name, str) else None
    if module is None or module.api_name == "Attachments":
        raise Refusal(
            "MODULE_NOT_AVAILABLE", "The module given is not available", details={"api_name": name}
        )
    return module


def _file(org: Organisation, archive_id: str, item: Item, path: str) -> str:
    archive = org.bulk.archives.get(archive_id)
    if archive is None or org.clock.time() - archive.created_at > KEPT_SECONDS:
        raise Refusal(
            "FILE_NOT_FOUND",
            "The file given is not available",
            details={"json_path": f"{path}.file_id"},
        )
    names = item.get("file_names")
    if names is None:
        names = list(archive.files)
    if not isinstance(names, list) or len(names) != 1:
        raise Refusal(
            "FILE_NOT_SUPPORTED",
            "A resource takes one CSV file",
            details={"json_path": f"{path}.file_names"},
        )
    if not isinstance(names[0], str) or names[0] not in archive.files:
        raise Refusal(
            "FILE_NOT_FOUND",
            "The file given is not in the ZIP file",
            details={"json_path": f"{path}.file_names[0]"},
        )
    return str(names[0])


def _find_by(module: Module, operation: str, item: Item, path: str) -> str | None:
    find_by = item.get("find_by")
    if find_by is None:
        if operation == "insert":
            return None
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "Required key find_by is not available",
            details={"json_path": f"{path}.find_by"},
        )
    field = module.field_map.get(find_by) if isinstance(find_by, str) else None
    if find_by == "id" or (
        field is not None
        and (field.unique or field.external or find_by == module.duplicate_check_field)
    ):
        return str(find_by)
    raise invalid_data(api_name="find_by", json_path=f"{path}.find_by")


def _mappings(item: Item, path: str) -> tuple[Mapping, ...]:
    mappings = item.get("field_mappings")
    if mappings is None:
        return ()
    path = f"{path}.field_mappings"
    if not isinstance(mappings, list):
        raise invalid_data(
            api_name="field_mappings", json_path=path, expected_data_type="jsonarray"
        )
    if len(mappings) > MAX_COLUMNS:
        raise Refusal(
            "HEADER_LIMIT_EXCEEDED",
            "The number of columns exceeds the limit",
            details={"limit": MAX_COLUMNS, "json_path": path},
        )
    return tuple(
        _read_mapping(mapping, f"{path}[{index}]") for index, mapping in enumerate(mappings)
    )


def _read_mapping(item: Any, path: str) -> Mapping:
    if not isinstance(item, dict):
        raise invalid_data(json_path=path, expected_data_type="jsonobject")
    api_name = str(_require(item, "api_name", path))
    default = item.get("default_value")
    if default is not None and not isinstance(default, dict):
        raise invalid_data(
            api_name="default_value",
            json_path=f"{path}.default_value",
            expected_data_type="jsonobject",
        )
    index, parent_column = item.get("index"), item.get("parent_column_index")
    if index is None and default is None:
        _require(item, "index", path)
    for name, number in (("index", index), ("parent_column_index", parent_column)):
        if number is not None and (type(number) is not int or number < 0):
            raise invalid_data(
                api_name=name, json_path=f"{path}.{name}", expected_data_type="integer"
            )
    if item.get("find_by") is not None and parent_column is not None:
        raise Refusal(
            "COEXISTENCE_NOT_ALLOWED",
            "find_by and parent_column_index cannot be given together",
            details={"json_path": path},
        )
    for name in ("format", "find_by"):
        if item.get(name) is not None and not isinstance(item[name], str):
            raise invalid_data(api_name=name, json_path=f"{path}.{name}")
    value = None if default is None else default.get("value")
    mapping = parse_header(api_name, index)
    return replace(
        mapping,
        format=item.get("format"),
        default=None if value is None else str(value),
        find_by=item.get("find_by") or mapping.find_by,
        parent_column=parent_column,
    )


def parse_header(name: str, index: int | None) -> Mapping:
    """Return a header cell's mapping: an API name, or `Account_Name.id` for a lookup by id."""
    api_name, _, find_by = name.strip().partition(".")
    return Mapping(api_name, index, find_by=find_by or None)


def find_field(module: Module, name: str, version: float) -> Field | None:
    """Return the field that a mapping names, None for the id. Raises Refusal INVALID_FIELD."""
    if name in ("id", "Id"):
        return None
    for candidate in module.fields_in(version):
        if candidate.name_in(version) == name:
            return candidate
    raise Refusal("INVALID_FIELD", f"invalid mapping. invalid api_name {name}.")


def check_mandatory(module: Module, mappings: tuple[Mapping, ...]) -> None:
    """Raise Refusal MANDATORY_FIELDS_NOT_MAPPED when an insert lacks a column that it needs."""
    mapped = {mapping.api_name for mapping in mappings}
    missing = [
        field.api_name
        for field in module.fields
        # Subform rows have their own CSV.
        if field.mandatory and field.data_type != "subform" and field.api_name not in mapped
    ]
    if module.parent_module is not None and "Parent_Id" not in mapped:
        missing.append("Parent_Id")
    if missing:
        raise Refusal(
            "MANDATORY_FIELDS_NOT_MAPPED",
            "The mandatory fields are not mapped",
            details={"api_names": list(dict.fromkeys(missing))},
        )
