"""A world as text and back, so that what the emulator holds survives a restart.

The text is JSON. Reading it creates nothing but the emulator's own dataclasses, so a file from
elsewhere can do no harm. Faults and the request log are not kept.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import MISSING, fields
from dataclasses import Field as DataclassField
from datetime import datetime
from functools import cache
from typing import Any

from django_zcrm.emulator.api.bulk_read.jobs import ReadJob
from django_zcrm.emulator.api.bulk_write.jobs import WriteJob
from django_zcrm.emulator.api.bulk_write.reports import Report
from django_zcrm.emulator.api.bulk_write.resources import Mapping, Resource
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.engine.paging import PageToken
from django_zcrm.emulator.metadata.catalogue import standard_catalogue
from django_zcrm.emulator.state.bulk import Archive, Bulk, BulkPageToken
from django_zcrm.emulator.state.catalogue import Catalogue
from django_zcrm.emulator.state.channels import Change, Channel
from django_zcrm.emulator.state.field import Field, Formula, PickListValue
from django_zcrm.emulator.state.grants import AccessToken, Code, Consent, OAuthClient, RefreshToken
from django_zcrm.emulator.state.ids import FIRST_PREFIX, SERIAL_DIGITS, OrganisationIds
from django_zcrm.emulator.state.module import CustomView, Module, RelatedList, Section
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.settings import Job, Settings
from django_zcrm.emulator.state.store import Blob, Deleted, Store, Table, Tag

FORMAT = "zcrm-emulator-state"
VERSION = 1

KIND = "$is"
"""The key under which an object states its type; not used by Zoho."""

#: The dataclasses that a state consists of, with their names in the text.
CLASSES: dict[str, Any] = {
    "AccessToken": AccessToken,
    "Archive": Archive,
    "Blob": Blob,
    "Bulk": Bulk,
    "BulkPageToken": BulkPageToken,
    "Catalogue": Catalogue,
    "Change": Change,
    "Channel": Channel,
    "Code": Code,
    "Consent": Consent,
    "CustomView": CustomView,
    "Deleted": Deleted,
    "Field": Field,
    "Job": Job,
    "Mapping": Mapping,
    "Module": Module,
    "OAuthClient": OAuthClient,
    "Organisation": Organisation,
    "PageToken": PageToken,
    "PickListValue": PickListValue,
    "ReadJob": ReadJob,
    "RefreshToken": RefreshToken,
    "RelatedList": RelatedList,
    "Report": Report,
    "Resource": Resource,
    "Section": Section,
    "Settings": Settings,
    "Store": Store,
    "Table": Table,
    "Tag": Tag,
    "User": User,
    "WriteJob": WriteJob,
}
#: What fields were called in files of before 0.2.
FORMER_NAMES = {
    "is_polled": "is_seen",
    "polls": "looks",
    "pending_callbacks": "untold",
}
_NAMES = {cls: name for name, cls in CLASSES.items()}
_BOOKS = ("clients", "codes", "refresh_tokens", "access_tokens", "_coded_at")
#: Attributes an organisation shares with its world.
_SHARED = ("clock", "ids")


def dumps(world: World) -> str:
    """Return a world as text."""
    told = {
        "format": FORMAT,
        "version": VERSION,
        "clock": world.clock.offset,
        "ids": world.ids.state(),
        "organisations": world.organisations,
        "books": {name: getattr(world.books, name) for name in _BOOKS},
    }
    return json.dumps(told, default=_encoded, ensure_ascii=False, separators=(",", ":"))


def loads(world: World, text: str) -> None:
    """Replace a world's state by that in a text.

    Raises ValueError for a text that `dumps` did not write, and then changes nothing.
    """

    def decoded(item: dict[str, Any]) -> Any:
        return _decoded(item, world) if KIND in item else item

    try:
        told = json.loads(text, object_hook=decoded)
        if told["format"] != FORMAT or told["version"] != VERSION:
            raise ValueError
        organisations: dict[str, Organisation] = told["organisations"]
        books, ids, offset = told["books"], told["ids"], float(told["clock"])
        if not all(isinstance(org, Organisation) for org in organisations.values()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("this is no state that an emulator of this version has kept") from None
    world.reset()
    own = dict(world.books.clients)
    for name in _BOOKS:
        setattr(world.books, name, books[name])
    # The options decide about the built-in client.
    world.books.clients.update(own)
    world.organisations = organisations
    world.ids.restore(ids)
    world.clock.advance(offset)


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return {KIND: "bytes", "of": b64encode(value).decode()}
    if isinstance(value, datetime):
        return {KIND: "datetime", "of": value.isoformat()}
    if isinstance(value, set | frozenset):
        return {KIND: type(value).__name__, "of": sorted(value)}
    if isinstance(value, Module) and (prefix := _standard_prefix(value)):
        return {KIND: "standard", "of": value.api_name, "prefix": prefix}
    cls: Any = type(value)
    if cls in _NAMES:
        told = {one.name: getattr(value, one.name) for one in _kept(cls)}
        return {KIND: _NAMES[cls], **told}
    if value in _formulas():
        return {KIND: "formula", "of": _formulas()[value]}
    raise TypeError(f"{cls.__name__} cannot be kept")


def _standard_prefix(module: Module) -> int | None:
    """The prefix of the ids of an unchanged standard module; None for any other module."""
    prefix = module.id[:-SERIAL_DIGITS]
    if not prefix.isdecimal():
        return None
    standard = standard_catalogue(int(prefix)).modules.get(module.api_name)
    return int(prefix) if standard is module else None


def _decoded(item: dict[str, Any], world: World) -> Any:
    kind = item[KIND]
    if kind == "bytes":
        return b64decode(item["of"])
    if kind == "datetime":
        return datetime.fromisoformat(item["of"])
    if kind in ("set", "frozenset"):
        return {"set": set, "frozenset": frozenset}[kind](item["of"])
    if kind == "standard":
        # The first organisation's was the only one before organisations had ids of their own.
        return standard_catalogue(item.get("prefix", FIRST_PREFIX)).modules[item["of"]]
    if kind == "formula":
        return next(formula for formula, name in _formulas().items() if name == item["of"])
    # Before 0.2 a name was that of the module and the class.
    name = "BulkPageToken" if kind == "bulk.jobs.PageToken" else kind.rpartition(".")[2]
    cls = CLASSES[name]
    made = object.__new__(cls)
    for one in fields(cls):
        object.__setattr__(made, one.name, _value(cls, one, item))
    if isinstance(made, Organisation):
        made.clock, made.ids = world.clock, OrganisationIds(world.ids, made.id_prefix)
    return made


def _value(cls: type, one: DataclassField[Any], item: dict[str, Any]) -> Any:
    name = one.name if one.name in item else FORMER_NAMES.get(one.name, one.name)
    if name in item and one in _kept(cls):
        value = item[name]
        return _tupled(value) if str(one.type).startswith("tuple") else value
    if one.default is not MISSING:
        return one.default
    if one.default_factory is not MISSING:
        return one.default_factory()
    if one.name in _SHARED:
        return None
    raise KeyError(one.name)


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


@cache
def _kept(cls: Any) -> tuple[DataclassField[Any], ...]:
    """Return the fields of a dataclass that are kept; private ones are recreated."""
    skipped = _SHARED if cls is Organisation else ()
    return tuple(
        one for one in fields(cls) if not one.name.startswith("_") and one.name not in skipped
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
