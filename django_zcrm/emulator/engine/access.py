"""Finds the objects of a path or a query: modules, fields, records by id or external field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any, TypeVar

from ..core import Refusal, Request, dialect, invalid_data, missing_param, over_limit
from ..guesses import behaves
from ..metadata.catalogue import FUNCTIONS
from ..state import Field, Module, Organisation, StoredRecord, Table
from .multi_lookups import list_linking_modules
from .values import format_moment, is_id, parse_moment
from .visibility import filter_visible, is_hidden

MAX_FIELDS = 50
#: v2 lists tasks, events and calls as one module, which holds no records of its own.
ACTIVITIES = "Activities"
ACTIVITY_MODULES = ("Tasks", "Events", "Calls")


def find_module(org: Organisation, request: Request, name: str) -> Module:
    """Return the module that a path names.

    Raises Refusal INVALID_MODULE, also for wrong upper and lower case.
    """
    module: Module | None = org.metadata.modules.get(name)
    if module is None:
        raise Refusal(
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            details=path_index(request, 0),
        )
    return module


def path_index(request: Request, index: int) -> dict[str, int]:
    """Return the details that name the wrong part of a path, in versions that have them."""
    if not dialect(request.version).has_json_path:
        return {}
    first = 1 if behaves("admission.resource-path-index", "from-1") else 0
    return {"resource_path_index": index + first}


def bad_path_id(request: Request, index: int = 1) -> Refusal:
    """Return the error for an id in a path that is malformed, or unknown where it must exist."""
    return invalid_data("the id given seems to be invalid", **path_index(request, index))


def find_record(
    org: Organisation, request: Request, module: Module, id: str
) -> StoredRecord | None:
    """Return the record that a path names; None for a well-formed but unknown id.

    With the header `X-EXTERNAL: Module.Field` the path has the value of an external field.
    Raises Refusal INVALID_DATA when the value cannot be an id.
    """
    table = org.records.table(module.api_name)
    record: StoredRecord | None
    external = external_field(request, module)
    if external is not None:
        record = next(iter(table.find(external, id)), None)
    elif is_id(id):
        record = table.get(id)
    else:
        raise bad_path_id(request)
    return None if record is not None and is_hidden(org, request, module, record) else record


def require_record(org: Organisation, request: Request, module: Module, id: str) -> StoredRecord:
    """Return the record that a path names. Raises Refusal INVALID_DATA when there is none."""
    record = find_record(org, request, module, id)
    if record is None:
        raise bad_path_id(request)
    return record


def require_parent(org: Organisation, request: Request, module: Module, id: str) -> StoredRecord:
    """Return the record whose related list or attachments a path names.

    Raises Refusal INVALID_DATA when there is none.
    """
    record = find_record(org, request, module, id)
    if record is None:
        message = "the related id given seems to be invalid"
        raise invalid_data(message, **path_index(request, 1))
    return record


def external_field(request: Request, module: Module) -> str | None:
    """Return the external field of this module that the X-EXTERNAL header names, if any.

    Raises Refusal when the header names anything else.
    """
    header = request.headers.get("x-external")
    if not header:
        return None
    for entry in header.split(","):
        parts = entry.strip().split(".")
        if len(parts) >= 2 and parts[0] == module.api_name:
            field = module.field_map.get(parts[1])
            if field is None or field.external is None:
                raise Refusal(
                    "INVALID_DATA",
                    "the external field given seems to be invalid",
                    details={"header": "X-EXTERNAL"},
                )
            return field.api_name
    return None


def get_fields_param(request: Request, module: Module, *, mandatory: bool) -> list[str] | None:
    """Return the API names in `fields`; None when all are wanted.

    Raises Refusal REQUIRED_PARAM_MISSING or LIMIT_EXCEEDED, according to the rules since v3.
    """
    traits = dialect(request.version)
    names = request.args.comma_separated("fields")
    if not names:
        if mandatory and traits.fields_are_mandatory:
            raise missing_param("fields")
        return None
    if traits.fields_are_mandatory and len(names) > MAX_FIELDS:
        raise over_limit("fields", MAX_FIELDS, param_name="fields")
    return names


def get_modified_since(org: Organisation, request: Request) -> str | None:
    """Return If-Modified-Since in the stored form. Raises Refusal when it is not a datetime."""
    return _header_moment(org, request, "if-modified-since")


def get_unmodified_since(org: Organisation, request: Request) -> str | None:
    """Return If-Unmodified-Since in the stored form, in versions that have the header."""
    if not dialect(request.version).has_if_unmodified_since:
        return None
    return _header_moment(org, request, "if-unmodified-since")


def _header_moment(org: Organisation, request: Request, name: str) -> str | None:
    text = request.headers.get(name)
    if not text:
        return None
    moment = parse_moment(text, org.time_zone) or _http_date(text)
    if moment is None:
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={"header": name.title(), "expected_data_type": "datetime"},
        )
    return format_moment(moment)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (OverflowError, ValueError):
        return None
    if moment.tzinfo is None:  # "-0000", as email.utils.formatdate() writes UTC
        moment = moment.replace(tzinfo=UTC)
    return moment if MINYEAR < moment.year < MAXYEAR else None


def rows_newest_first(org: Organisation, module: Module) -> Iterator[StoredRecord]:
    """Return all records of a module by descending id."""
    table: Table = org.records.table(module.api_name)
    return table.newest_first()


def activities(org: Organisation, request: Request) -> list[StoredRecord]:
    """Return the Activities of v2: tasks, events and calls by descending id."""
    tables = (
        filter_visible(
            org, request, org.metadata.modules[name], org.records.table(name).rows.values()
        )
        for name in ACTIVITY_MODULES
    )
    return sorted(chain.from_iterable(tables), key=lambda record: record["id"], reverse=True)


def get_module_param(org: Organisation, request: Request) -> Module:
    """Return the module of the parameter `module`. Raises Refusal when missing or unknown."""
    name = request.args.get("module")
    if not name:
        raise missing_param("module")
    module = org.metadata.module(name)
    if module is None and dialect(request.version).ignores_case_of_modules:
        module = org.metadata.module(
            next((n for n in org.metadata.modules if n.lower() == name), "")
        )
    if module is None and request.method == "GET":
        module = find_module_without_records(org, request, name)
    if module is None:
        raise unknown_module(param_name="module")
    return module


def find_module_without_records(org: Organisation, request: Request, name: str) -> Module | None:
    """Return a module that only metadata has, by its API name or id.

    These are the modules behind fields that refer to several records, and Activities in v2.
    """
    modules = [*list_linking_modules(org), describe_unread(org, FUNCTIONS, "Functions")]
    if dialect(request.version).has_activities_module:
        modules.append(describe_activities(org))
    return next((item for item in modules if name in (item.api_name, item.id)), None)


def describe_activities(org: Organisation) -> Module:
    """Return the module Activities of v2, with the fields of tasks, events and calls."""
    modules = [org.metadata.modules[name] for name in ACTIVITY_MODULES]
    fields = {field.api_name: field for module in modules for field in module.fields}
    return describe_unread(org, ACTIVITIES, ACTIVITIES).with_fields(fields.values())


def describe_unread(org: Organisation, name: str, label: str) -> Module:
    """Return a module that is listed, but has neither fields nor records of its own."""
    items = org.settings.items("unsupported_modules")
    if name not in items:
        items[name] = {"id": org.ids.next()}
    number = len(org.metadata.modules) + 1 + list(items).index(name)
    return Module(name, label, label, "", (), id=items[name]["id"], sequence_number=number)


def find_field(module: Module, name_or_id: str, version: float) -> Field | None:
    """Find a field of a module by its id or by its API name in this version."""
    return next(
        (
            field
            for field in module.fields_in(version)
            if name_or_id in (field.id, field.name_in(version))
        ),
        None,
    )


def unknown_module(**details: Any) -> Refusal:
    return Refusal("INVALID_MODULE", "the module name given seems to be invalid", details=details)


def respond_no_content(thing_id: str) -> dict[str, Any] | None:
    """Return None for an unknown id. Raises Refusal when it does not look like an id."""
    if not thing_id.isdigit():
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    return None


Thing = TypeVar("Thing")


def find_by_id(
    request: Request, things: dict[str, Thing], thing_id: str, index: int
) -> Thing | None:
    """The item with this id; ``index`` is the position of the id in the path.

    Raises Refusal when it does not look like an id.
    """
    if not (thing_id.isascii() and thing_id.isdigit()):
        raise bad_path_id(request, index)
    return things.get(thing_id)


def require_param(request: Request, name: str) -> str:
    """Return a query parameter. Raises Refusal REQUIRED_PARAM_MISSING without it."""
    value = request.args.get(name)
    if not value:
        raise missing_param(name)
    return value


def require_ids(ids: Iterable[str]) -> None:
    """Raise Refusal UNABLE_TO_PARSE_DATA_TYPE unless all of the parameter `ids` are ids."""
    if not all(is_id(record_id) for record_id in ids):
        raise Refusal(
            "UNABLE_TO_PARSE_DATA_TYPE",
            "either the request body or parameters is in wrong format",
            details={"param_name": "ids"},
        )


MAX_IDS = 100


def get_ids_param(request: Request, maximum: int = MAX_IDS) -> list[str]:
    """Return the ids of the parameter `ids`. Raises Refusal when there are none or too many."""
    ids = request.args.comma_separated("ids")
    if not ids:
        raise missing_param("ids")
    if len(ids) > maximum:
        raise over_limit("ids", maximum, param_name="ids")
    return ids
