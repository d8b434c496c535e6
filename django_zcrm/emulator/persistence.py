"""A zoho as text and back, so that what the emulator holds survives a restart.

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
from django_zcrm.emulator.api.bulk_write.reports import ResourceReport
from django_zcrm.emulator.api.bulk_write.resources import Mapping, WriteResource
from django_zcrm.emulator.core.zoho import Zoho
from django_zcrm.emulator.engine.paging import PageToken
from django_zcrm.emulator.metadata.catalogue import standard_catalogue
from django_zcrm.emulator.state.bulk import Archive, Bulk, BulkPageToken
from django_zcrm.emulator.state.catalogue import Catalogue
from django_zcrm.emulator.state.channels import Channel, RecordChange
from django_zcrm.emulator.state.field import Field, Formula, PickListValue
from django_zcrm.emulator.state.grants import AccessToken, Code, Consent, OAuthClient, RefreshToken
from django_zcrm.emulator.state.ids import FIRST_PREFIX, SERIAL_DIGITS, OrganisationIds
from django_zcrm.emulator.state.module import CustomView, Module, RelatedList, Section
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.settings import Job, Settings
from django_zcrm.emulator.state.store import Blob, Deleted, RecordStore, Table, Tag

FORMAT = "zcrm-emulator-state"
VERSION = 1

TYPE = "$is"
"""The key under which an object states its type; not used by Zoho."""
GRANTS = "books"
"""The key of the grants, as files of old have it."""

#: The dataclasses that a state consists of, with their names in the text.
CLASSES: dict[str, Any] = {
    "AccessToken": AccessToken,
    "Archive": Archive,
    "Blob": Blob,
    "Bulk": Bulk,
    "BulkPageToken": BulkPageToken,
    "Catalogue": Catalogue,
    "Change": RecordChange,
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
    "Report": ResourceReport,
    "Resource": WriteResource,
    "Section": Section,
    "Settings": Settings,
    "Store": RecordStore,
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
#: What is kept of the grants, by its key.
_GRANT_ATTRIBUTES = {
    "clients": "clients",
    "codes": "codes",
    "refresh_tokens": "refresh_tokens",
    "access_tokens": "access_tokens",
    "_coded_at": "code_times",
}
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
        GRANTS: {key: getattr(zoho.grants, name) for key, name in _GRANT_ATTRIBUTES.items()},
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
        grants = {name: state[GRANTS][key] for key, name in _GRANT_ATTRIBUTES.items()}
        if not all(isinstance(org, Organisation) for org in organisations.values()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("this is no state that an emulator of this version has kept") from None
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
    if cls in _NAMES:
        attributes = {saved.name: getattr(value, saved.name) for saved in _saved_fields(cls)}
        return {TYPE: _NAMES[cls], **attributes}
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
        # The first organisation's was the only one before organisations had ids of their own.
        return standard_catalogue(item.get("prefix", FIRST_PREFIX)).modules[item["of"]]
    if type_name == "formula":
        return next(formula for formula, name in _formulas().items() if name == item["of"])
    # Before 0.2 a name was that of the module and the class.
    if type_name == "bulk.jobs.PageToken":
        type_name = "BulkPageToken"
    cls = CLASSES[type_name.rpartition(".")[2]]
    instance = object.__new__(cls)
    for attribute in fields(cls):
        object.__setattr__(instance, attribute.name, _value(cls, attribute, item))
    if isinstance(instance, Organisation):
        instance.clock = zoho.clock
        instance.ids = OrganisationIds(zoho.ids, instance.id_prefix)
    return instance


def _value(cls: type, attribute: DataclassField[Any], item: dict[str, Any]) -> Any:
    name = attribute.name
    if name not in item:
        name = FORMER_NAMES.get(name, name)
    if name in item and attribute in _saved_fields(cls):
        value = item[name]
        return _tupled(value) if str(attribute.type).startswith("tuple") else value
    if attribute.default is not MISSING:
        return attribute.default
    if attribute.default_factory is not MISSING:
        return attribute.default_factory()
    if attribute.name in _SHARED:
        return None
    raise KeyError(attribute.name)


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


@cache
def _saved_fields(cls: Any) -> tuple[DataclassField[Any], ...]:
    """Return the fields of a dataclass that are kept; private ones are recreated."""
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
