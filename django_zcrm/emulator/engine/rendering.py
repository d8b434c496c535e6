"""Renders stored records for responses, by API version and for one user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from ..core import Dialect, Request, dialect
from ..state import Field, Module, Organisation, StoredRecord
from ..state.field import CHILD_TYPES
from .multi_lookups import list_linked_ids
from .participants import render_participants

#: How many characters of rich text lists show (Zoho docs v7 get-records).
RICH_TEXT_IN_LISTS = 500

Show = Callable[[StoredRecord], Any]


@lru_cache(maxsize=65536)
def localize(stored: str, zone: str) -> str:
    """Return a stored datetime in a user's time zone, with its offset."""
    return datetime.fromisoformat(stored).astimezone(ZoneInfo(zone)).isoformat()


def display_name(org: Organisation, record: StoredRecord) -> str | None:
    """Return the name that lookups show for a record."""
    module = org.metadata.modules[org.records.homes[record["id"]]]
    name = record.get(module.display_field)
    return None if name is None else str(name)


def reference(org: Organisation, record_id: str | None) -> dict[str, Any] | None:
    """Return a lookup's `{name, id}`; None when the record no longer exists."""
    record = org.records.get(record_id) if record_id else None
    if record is None:
        return None
    return {"name": display_name(org, record), "id": record_id}


def user_reference(org: Organisation, user_id: str | None) -> dict[str, str] | None:
    """Return a user in the form in which records show users."""
    user = org.users.get(user_id or "")
    return user.owner if user else None


class Renderer:
    """Shows records of one module to one caller.

    `fields` are the requested API names; None shows everything. `children` selects whether to
    include subforms and the like (single reads, and lists of v2.0).
    """

    def __init__(
        self,
        org: Organisation,
        request: Request,
        module: Module,
        fields: Iterable[str] | None = None,
        *,
        children: bool = False,
    ) -> None:
        self.org = org
        self.request = request
        self.module = module
        self.dialect = dialect(request.version)
        self.zone = request.user.time_zone
        fields_by_name = module.fields_by_name(request.version)
        self.complete = fields is None
        self._in_full = children or self.dialect.lists_children
        shown_names = (
            list(fields_by_name)
            if fields is None
            else [name for name in fields if name in fields_by_name]
        )
        self._names = [
            name
            for name in dict.fromkeys(shown_names)
            if name != "id" and (children or fields_by_name[name].data_type not in CHILD_TYPES)
        ]
        selected = [fields_by_name[name] for name in self._names]
        self._stored_names = [field.api_name for field in selected]
        self._shows = [
            (name, show)
            for name, field in zip(self._names, selected, strict=True)
            if (show := self._show(field)) is not None
        ]
        self._dollars = [] if fields is None else [name for name in fields if name[:1] == "$"]

    def row(self, record: StoredRecord) -> dict[str, Any]:
        """Return one record."""
        # Most fields are shown as stored; a call for each would take most of the time.
        row = dict(zip(self._names, map(record.get, self._stored_names), strict=True))
        for name, show in self._shows:
            row[name] = show(record)
        row["id"] = record["id"]
        if self.complete:
            row.update(self._properties(record))
        elif self._dollars:
            properties = self._properties(record)
            row.update({name: properties.get(name) for name in self._dollars})
        return row

    def rows(self, records: Iterable[StoredRecord]) -> list[dict[str, Any]]:
        """Return several records."""
        return [self.row(record) for record in records]

    def _show(self, field: Field) -> Show | None:
        """Return the function that renders a field; None if the stored value is shown."""
        name = field.api_name
        if field.is_list_of_tags:
            return self._tags
        if field.multiline == "rich_text" and not self._in_full:
            return lambda record: (record.get(name) or "")[:RICH_TEXT_IN_LISTS] or None
        if field.default == ():
            return lambda record: record.get(name) or []
        special = self._SPECIAL.get(field.data_type)
        return None if special is None else special(self, field)

    def _moment(self, field: Field) -> Show:
        name, zone = field.api_name, self.zone

        def show(record: StoredRecord) -> str | None:
            stored = record.get(name)
            return None if stored is None else localize(stored, zone)

        return show

    def _lookup(self, field: Field) -> Show:
        name, org = field.api_name, self.org
        return lambda record: reference(org, record.get(name))

    def _multi_lookup(self, field: Field) -> Show:
        # What_Id stays {name, id}; Notes name the parent's module from v3 on (docs v8 get-notes).
        name, org = field.api_name, self.org
        with_module = name == "Parent_Id" and not self.dialect.note_parent_in_text

        def show(record: StoredRecord) -> dict[str, Any] | None:
            lookup_reference = reference(org, record.get(name))
            if lookup_reference is not None and with_module:
                module = org.metadata.modules[org.records.homes[lookup_reference["id"]]]
                lookup_reference["module"] = {"api_name": module.api_name, "id": module.id}
            return lookup_reference

        return show

    def _multi_links(self, field: Field) -> Show:
        name, org, module = field.api_name, self.org, self.module

        def show(record: StoredRecord) -> list[dict[str, Any]]:
            return [
                {name: reference(org, far_id), "id": link}
                for link, far_id in list_linked_ids(org, module, field, record["id"])
            ]

        return show

    def _user(self, field: Field) -> Show:
        name, org = field.api_name, self.org
        return lambda record: user_reference(org, record.get(name))

    def _subform(self, field: Field) -> Show:
        org, name = self.org, field.api_name
        module = org.metadata.modules[field.subform or ""]
        table = org.records.table(module.api_name)
        rows = Renderer(
            org,
            self.request,
            module,
            [
                item.name_in(self.request.version)
                for item in module.fields_in(self.request.version)
                if item.api_name
                not in ("Tag", "Last_Activity_Time", "Record_Status__s", "Locked__s")
            ],
        )

        def show(record: StoredRecord) -> list[dict[str, Any]]:
            return [
                rows.row(table.rows[row_id])
                for row_id in record.get(name) or ()
                if row_id in table.rows
            ]

        return show

    def _files(self, field: Field) -> Show:
        name, blobs = field.api_name, self.org.records.blobs

        def show(record: StoredRecord) -> list[dict[str, Any]] | None:
            ids = record.get(name)
            if ids is None:
                return None
            return [
                {
                    "id": file_id,
                    "File_Id__s": file_id,
                    "File_Name__s": blobs[file_id].name,
                    "Size__s": str(len(blobs[file_id].content)),
                    "Sequence_Number__s": number,
                    "Description__s": None,
                }
                for number, file_id in enumerate(ids, start=1)
                if file_id in blobs
            ]

        return show

    def _participants(self, field: Field) -> Show:
        name, org = field.api_name, self.org
        return lambda record: render_participants(
            org, record.get(name) or (), invited=record.get("$send_notification", False)
        )

    _SPECIAL: ClassVar[Mapping[str, Callable[[Renderer, Field], Show]]] = {
        "datetime": _moment,
        "lookup": _lookup,
        "multi_module_lookup": _multi_lookup,
        "ownerlookup": _user,
        "userlookup": _user,
        "subform": _subform,
        "fileupload": _files,
        "imageupload": _files,
        "multiselectlookup": _multi_links,
        "participants": _participants,
    }

    def _tags(self, record: StoredRecord) -> list[dict[str, Any]]:
        return tag_references(self.org, record, self.dialect)

    def _properties(self, record: StoredRecord) -> dict[str, Any]:
        """Return the properties that begin with a dollar sign, and the territories."""
        properties: dict[str, Any] = {"$field_states": None, "$state": "save", "$editable": True}
        if self.module.api_name != "Notes" or self.dialect.has_sharing_permission:
            properties |= self._common_properties(record)
        properties |= self._properties_of_module(record) | self._territories(record)
        return properties | {name: value for name, value in record.items() if name[:1] == "$"}

    def _common_properties(self, record: StoredRecord) -> dict[str, Any]:
        permissions = {"approve": False, "reject": False, "resubmit": False}
        properties: dict[str, Any] = {
            "$currency_symbol": self.org.info.get("currency_symbol", "$"),
            "$review_process": None if self.module.activity else permissions,
            "$editable": not record.get("Converted__s"),
            "$orchestration": False,
            "$in_merge": False,
            "$approval_state": "approved",
            "$approval": {"delegate": False, "takeover": False, **permissions},
            "$process_flow": False,
            "$review": None,
        }
        if self.dialect.has_sharing_permission:
            properties["$sharing_permission"] = "full_access"
        if not self.module.activity:
            properties["$layout_id"] = _layout(self.module)
        if "Locked__s" in self.module.fields_by_name(self.dialect.number):
            properties["$locked_for_me"] = False
        if not self.dialect.has_dollar_converted:
            return properties | {"$has_more": {}, "$zia_visions": None, "$pathfinder": False}
        properties["$approved"] = True
        if self.module.convertable:
            properties["$converted"] = bool(record.get("Converted__s"))
            properties["$converted_detail"] = _render_conversion(record)
        return properties

    def _territories(self, record: StoredRecord) -> dict[str, Any]:
        # A page reads records, and reading must not create a collection.
        assigned = self.org.settings.collections.get("record_territories", {}).get(record["id"])
        if assigned is None:
            return {}
        territories = self.org.settings.items("territories")
        return {
            "Territories": [
                {"name": territories[territory_id]["name"], "id": territory_id}
                for territory_id in assigned["territories"]
                if territory_id in territories
            ]
        }

    def _properties_of_module(self, record: StoredRecord) -> dict[str, Any]:
        module = self.module.api_name
        properties = dict(_OF_MODULE.get(module, {}))
        if module == "Events":
            properties["$u_id"] = str(UUID(int=int(record["id"])))
        elif module == "Products":
            properties["$taxable"] = record.get("Taxable")
        for name in ("What_Id", "Parent_Id"):
            if name in self.module.field_map and self.module.parent_module is None:
                properties["$se_module"] = self.org.records.homes.get(record.get(name) or "")
        return properties


_UNAVAILABLE = {"$zia_owner_assignment": "owner_recommendation_unavailable"}
#: Further properties of the records of one module (recorded in v2).
_OF_MODULE: Mapping[str, Mapping[str, Any]] = {
    "Attachments": {"$attachment_type": 0},
    "Notes": {
        "$attachments": None,
        "$voice_note": False,
        "$size": None,
        "$is_shared_to_client": False,
    },
    "Leads": _UNAVAILABLE,
    "Contacts": {"$is_duplicate": False, **_UNAVAILABLE},
    "Accounts": {"$is_duplicate": False, **_UNAVAILABLE},
    "Deals": _UNAVAILABLE,
    "Tasks": {"$u_id": None, **_UNAVAILABLE},
    "Calls": {"$calendar_booking_call": False},
    "Events": {
        "$calendar_booking_event": False,
        "$send_notification": False,
        "$meeting_details": None,
        "$recurrence_id": None,
    },
}


def _layout(module: Module) -> dict[str, Any]:
    return {"display_label": "Standard", "name": "Standard", "id": module.layout_id}


def _render_conversion(record: StoredRecord) -> dict[str, Any]:
    return {
        key: record.get(name)
        for key, name in (
            ("account", "Converted_Account"),
            ("contact", "Converted_Contact"),
            ("deal", "Converted_Deal"),
        )
        if record.get(name)
    }


def tag_references(
    org: Organisation, record: StoredRecord, traits: Dialect
) -> list[dict[str, Any]]:
    """Return a record's tags, with colours in the versions in which bodies have tags as objects."""
    tags = [
        org.records.tags[tag_id] for tag_id in record.get("Tag") or () if tag_id in org.records.tags
    ]
    with_colour = not traits.tags_in_query
    return [
        {"name": tag.name, "id": tag.id, **({"color_code": tag.color_code} if with_colour else {})}
        for tag in tags
    ]


def module_reference(org: Organisation, api_name: str) -> dict[str, Any]:
    """Return a module in the form in which lookups refer to it."""
    module = org.metadata.modules[api_name]
    return {"api_name": module.api_name, "id": module.id}
