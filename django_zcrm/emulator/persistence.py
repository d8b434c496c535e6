"""Converts a Zoho to text and back, so that the emulator's state survives a restart.

The text is JSON. Reading the text creates only the emulator's own dataclasses, so a foreign file is
harmless. Faults and the request log are not saved.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import MISSING, fields, is_dataclass
from dataclasses import Field as DataclassField
from datetime import datetime
from functools import cache
from typing import Any

from .api.bulk_read import jobs as read_jobs
from .api.bulk_write import jobs as write_jobs
from .api.bulk_write import reports, resources
from .core.zoho import Zoho
from .engine import paging
from .metadata.catalogue import standard_catalogue
from .state import (
    Module,
    Organisation,
    bulk,
    catalogue,
    channels,
    field,
    grants,
    module,
    organisation,
    settings,
    store,
)
from .state.field import Formula
from .state.ids import SERIAL_DIGITS, OrganisationIds

FORMAT = "zcrm-emulator-state"
VERSION = 1

TYPE = "$is"
"""The key under which an object states its type; not used by Zoho."""

_MODULES = (
    *(bulk, catalogue, channels, field, grants, module, organisation, settings, store),
    *(paging, read_jobs, write_jobs, reports, resources),
)
#: The dataclasses that a state consists of, by name.
CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for source in _MODULES
    for cls in vars(source).values()
    if isinstance(cls, type) and is_dataclass(cls) and cls.__module__ == source.__name__
}
#: The saved attributes of the grants.
_GRANT_ATTRIBUTES = ("clients", "codes", "refresh_tokens", "access_tokens", "code_times")
#: Attributes that an organisation shares with the whole Zoho.
_SHARED = ("clock", "ids")


def dumps(zoho: Zoho) -> str:
    """Return the state of a Zoho as text."""
    state = {
        "format": FORMAT,
        "version": VERSION,
        "clock": zoho.clock.offset,
        "ids": zoho.ids.state(),
        "organisations": zoho.organisations,
        "grants": {name: getattr(zoho.grants, name) for name in _GRANT_ATTRIBUTES},
    }
    return json.dumps(state, default=_encode, ensure_ascii=False, separators=(",", ":"))


def loads(zoho: Zoho, text: str) -> None:
    """Replace the state of a Zoho by that in a text.

    Raises ValueError for a text that `dumps` did not write, and then changes nothing.
    """

    def decode(item: dict[str, Any]) -> Any:
        return _decode(item, zoho) if TYPE in item else item

    try:
        state = json.loads(text, object_hook=decode)
        if state["format"] != FORMAT or state["version"] != VERSION:
            raise ValueError
        organisations: dict[str, Organisation] = state["organisations"]
        ids, offset = state["ids"], float(state["clock"])
        grants = {name: state["grants"][name] for name in _GRANT_ATTRIBUTES}
        are_valid = all(isinstance(org, Organisation) for org in organisations.values())
        if not organisations or not are_valid:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("no emulator of this version has stored this state") from None
    zoho.reset()
    built_in_clients = zoho.grants.clients
    for name, value in grants.items():
        setattr(zoho.grants, name, value)
    # The options decide about the built-in client.
    zoho.grants.clients.update(built_in_clients)
    zoho.organisations = organisations
    zoho.ids.restore(ids)
    zoho.clock.advance(offset)


def _encode(value: Any) -> Any:
    if isinstance(value, bytes):
        return {TYPE: "bytes", "of": b64encode(value).decode()}
    if isinstance(value, datetime):
        return {TYPE: "datetime", "of": value.isoformat()}
    if isinstance(value, set | frozenset):
        return {TYPE: type(value).__name__, "of": sorted(value)}
    if isinstance(value, Module) and (prefix := _standard_prefix(value)):
        return {TYPE: "standard", "of": value.api_name, "prefix": prefix}
    cls: Any = type(value)
    if cls in CLASSES.values():
        attributes = {saved.name: getattr(value, saved.name) for saved in _list_saved_fields(cls)}
        return {TYPE: cls.__name__, **attributes}
    if value in _formulas():
        return {TYPE: "formula", "of": _formulas()[value]}
    raise TypeError(f"{cls.__name__} cannot be kept")


def _standard_prefix(module: Module) -> int | None:
    """The prefix of the ids of an unchanged standard module; None for any other module."""
    prefix = module.id[:-SERIAL_DIGITS]
    if not prefix.isdecimal():
        return None
    standard = standard_catalogue(int(prefix)).modules.get(module.api_name)
    return int(prefix) if standard is module else None


def _decode(item: dict[str, Any], zoho: Zoho) -> Any:
    type_name = item[TYPE]
    if type_name == "bytes":
        return b64decode(item["of"])
    if type_name == "datetime":
        return datetime.fromisoformat(item["of"])
    if type_name in ("set", "frozenset"):
        return {"set": set, "frozenset": frozenset}[type_name](item["of"])
    if type_name == "standard":
        return standard_catalogue(item["prefix"]).modules[item["of"]]
    if type_name == "formula":
        return next(formula for formula, name in _formulas().items() if name == item["of"])
    cls = CLASSES[type_name]
    instance = object.__new__(cls)
    for attribute in fields(cls):
        object.__setattr__(instance, attribute.name, _value(cls, attribute, item))
    if isinstance(instance, Organisation):
        instance.clock = zoho.clock
        instance.ids = OrganisationIds(zoho.ids, instance.id_prefix)
    return instance


def _value(cls: type, attribute: DataclassField[Any], item: dict[str, Any]) -> Any:
    if attribute.name in item and attribute in _list_saved_fields(cls):
        value = item[attribute.name]
        return _make_tuples(value) if str(attribute.type).startswith("tuple") else value
    if attribute.default is not MISSING:
        return attribute.default
    if attribute.default_factory is not MISSING:
        return attribute.default_factory()
    if attribute.name in _SHARED:
        return None
    raise KeyError(attribute.name)


def _make_tuples(value: Any) -> Any:
    return tuple(map(_make_tuples, value)) if isinstance(value, list) else value


@cache
def _list_saved_fields(cls: Any) -> tuple[DataclassField[Any], ...]:
    """Return the saved fields of a dataclass; private fields are recreated."""
    skipped = _SHARED if cls is Organisation else ()
    return tuple(
        field
        for field in fields(cls)
        if not field.name.startswith("_") and field.name not in skipped
    )


@cache
def _formulas() -> dict[Formula, str]:
    """Return the standard modules' formulas with their names; changed fields keep their own."""
    return {
        field.formula: f"{module.api_name}.{field.api_name}"
        for module in standard_catalogue().modules.values()
        for field in module.fields
        if field.formula is not None
    }
