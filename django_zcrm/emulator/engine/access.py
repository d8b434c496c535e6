"""Finds what a path or a query names: modules, fields, records by id or external field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any, TypeVar

from django_zcrm.emulator.core.errors import Problem, invalid_data, missing_param, over_limit
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.multi_lookups import linking_modules
from django_zcrm.emulator.engine.values import is_id, parse_moment, stored_moment
from django_zcrm.emulator.engine.visibility import is_hidden
from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record, Table

MAX_FIELDS = 50
#: v2 lists tasks, events and calls as one module, which holds no records of its own.
ACTIVITIES = "Activities"
ACTIVITY_MODULES = ("Tasks", "Events", "Calls")


def find_module(org: Organisation, request: Request, name: str, index: int = 0) -> Module:
    """Return the module that a path names; `index` is its position in the path.

    Raises Problem INVALID_MODULE, also for wrong upper and lower case.
    """
    module: Module | None = org.metadata.modules.get(name)
    if module is None:
        raise Problem(
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            details=path_index(request, index),
        )
    return module


def path_index(request: Request, index: int) -> dict[str, int]:
    """Return the details that say which part of a path is wrong, in versions that have them."""
    return {"resource_path_index": index} if dialect(request.version).has_json_path else {}


def bad_path_id(request: Request, index: int = 1) -> Problem:
    """Return the error for an id in a path that is malformed, or unknown where it must exist."""
    return invalid_data("the id given seems to be invalid", **path_index(request, index))


def find_record(
    org: Organisation, request: Request, module: Module, id: str, index: int = 1
) -> Record | None:
    """Return the record that a path names; None for a well-formed but unknown id.

    With the header `X-EXTERNAL: Module.Field` the path has the value of an external field.
    Raises Problem INVALID_DATA when the value cannot be an id.
    """
    table = org.records.table(module.api_name)
    record: Record | None
    external = external_field(request, module)
    if external is not None:
        record = next(iter(table.find(external, id)), None)
    elif is_id(id):
        record = table.get(id)
    else:
        raise bad_path_id(request, index)
    return None if record is not None and is_hidden(org, request, module, record) else record


def existing_record(
    org: Organisation, request: Request, module: Module, id: str, index: int = 1
) -> Record:
    """Return the record that a path names. Raises Problem INVALID_DATA when there is none."""
    record = find_record(org, request, module, id, index)
    if record is None:
        raise bad_path_id(request, index)
    return record


def external_field(request: Request, module: Module) -> str | None:
    """Return the external field of this module that the X-EXTERNAL header names, if any.

    Raises Problem when the header names anything else.
    """
    header = request.headers.get("x-external")
    if not header:
        return None
    for entry in header.split(","):
        parts = entry.strip().split(".")
        if len(parts) >= 2 and parts[0] == module.api_name:
            field = module.field_map.get(parts[1])
            if field is None or field.external is None:
                raise Problem(
                    "INVALID_DATA",
                    "the external field given seems to be invalid",
                    details={"header": "X-EXTERNAL"},
                )
            return field.api_name
    return None


def asked_fields(request: Request, module: Module, *, mandatory: bool) -> list[str] | None:
    """Return the API names in `fields`; None when all are wanted.

    Raises Problem REQUIRED_PARAM_MISSING or LIMIT_EXCEEDED, according to the rules since v3.
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


def modified_since(org: Organisation, request: Request) -> str | None:
    """Return If-Modified-Since in the stored form. Raises Problem when it is not a datetime."""
    return _header_moment(org, request, "if-modified-since")


def unmodified_since(org: Organisation, request: Request) -> str | None:
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
        raise Problem(
            "INVALID_DATA",
            "invalid data",
            details={"header": name.title(), "expected_data_type": "datetime"},
        )
    return stored_moment(moment)


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def rows_newest_first(org: Organisation, module: Module) -> Iterator[Record]:
    """Return all records of a module by descending id."""
    table: Table = org.records.table(module.api_name)
    return table.newest_first()


def activities(org: Organisation) -> list[Record]:
    """Return what v2 calls Activities: tasks, events and calls by descending id."""
    tables = (org.records.table(name).rows.values() for name in ACTIVITY_MODULES)
    return sorted(chain.from_iterable(tables), key=lambda record: record["id"], reverse=True)


def asked_module(org: Organisation, request: Request) -> Module:
    """Return the module of the parameter `module`. Raises Problem when missing or unknown."""
    name = request.args.get("module")
    if not name:
        raise missing_param("module")
    module = org.metadata.module(name)
    if module is None and dialect(request.version).ignores_case_of_modules:
        module = org.metadata.module(
            next((n for n in org.metadata.modules if n.lower() == name), "")
        )
    if module is None:
        linking = (item for item in linking_modules(org) if name in (item.api_name, item.id))
        module = next(linking, None) if request.method == "GET" else None
    if module is None:
        raise unknown_module(param_name="module")
    return module


def field_by(module: Module, name_or_id: str, version: float) -> Field | None:
    """Find a field of a module by its id or by its API name in this version."""
    return next(
        (
            field
            for field in module.fields_in(version)
            if name_or_id in (field.id, field.name_in(version))
        ),
        None,
    )


def unknown_module(**details: Any) -> Problem:
    return Problem("INVALID_MODULE", "the module name given seems to be invalid", details=details)


def none_of(thing_id: str) -> dict[str, Any] | None:
    """Answer None for an unknown id. Raises Problem when it does not look like an id."""
    if not thing_id.isdigit():
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    return None


Thing = TypeVar("Thing")


def item_by_id(
    request: Request, things: dict[str, Thing], thing_id: str, index: int
) -> Thing | None:
    """The thing with this id; ``index`` is the position of the id in the path.

    Raises Problem when it does not look like an id.
    """
    if not (thing_id.isascii() and thing_id.isdigit()):
        raise bad_path_id(request, index)
    return things.get(thing_id)


def required_param(request: Request, name: str) -> str:
    """Return a query parameter. Raises Problem REQUIRED_PARAM_MISSING without it."""
    value = request.args.get(name)
    if not value:
        raise missing_param(name)
    return value


MAX_IDS = 100


def asked_ids(request: Request, maximum: int = MAX_IDS) -> list[str]:
    """Return the ids of the parameter `ids`. Raises Problem when there are none or too many."""
    ids = request.args.comma_separated("ids")
    if not ids:
        raise missing_param("ids")
    if len(ids) > maximum:
        raise over_limit("ids", maximum, param_name="ids")
    return ids
