"""Turns stored records into what an answer shows, by API version and for one user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.versions import Dialect, dialect
from django_zcrm.emulator.engine.multi_lookups import linked_ids
from django_zcrm.emulator.state.field import CHILD_TYPES, Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record

#: How many characters of rich text lists show (Zoho docs v7 get-records).
RICH_TEXT_IN_LISTS = 500

Show = Callable[[Record], Any]


@lru_cache(maxsize=65536)
def in_zone(stored: str, zone: str) -> str:
    """Return a stored datetime as a user sees it: in their zone, with its offset."""
    return datetime.fromisoformat(stored).astimezone(ZoneInfo(zone)).isoformat()


def display_name(org: Organisation, record: Record) -> str | None:
    """Return the name that lookups show for a record."""
    module = org.metadata.modules[org.records.homes[record["id"]]]
    name = record.get(module.display_field)
    return None if name is None else str(name)


def reference(org: Organisation, record_id: str | None) -> dict[str, Any] | None:
    """Return a lookup's `{name, id}`; None when the record is gone."""
    record = org.records.get(record_id) if record_id else None
    if record is None:
        return None
    return {"name": display_name(org, record), "id": record_id}


def user_reference(org: Organisation, user_id: str | None) -> dict[str, str] | None:
    """Return a user as records show users."""
    user = org.users.get(user_id or "")
    return user.owner if user else None


class Renderer:
    """Shows records of one module to one caller.

    `fields` are the API names asked for; None shows everything. `children` says whether to
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
        known = module.fields_by_name(request.version)
        self.complete = fields is None
        self._in_full = children or self.dialect.lists_children
        shown_names = list(known) if fields is None else [name for name in fields if name in known]
        self._names = [
            name
            for name in dict.fromkeys(shown_names)
            if name != "id" and (children or known[name].data_type not in CHILD_TYPES)
        ]
        shown = [known[name] for name in self._names]
        self._stored_names = [field.api_name for field in shown]
        self._shows = [
            (name, show)
            for name, field in zip(self._names, shown, strict=True)
            if (show := self._show(field)) is not None
        ]
        self._dollars = [] if fields is None else [name for name in fields if name[:1] == "$"]

    def row(self, record: Record) -> dict[str, Any]:
        """Return one record."""
        # Most fields are shown as they are stored; a call for each would take most of the time.
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

    def rows(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Return several records."""
        return [self.row(record) for record in records]

    def _show(self, field: Field) -> Show | None:
        """Return how a field is shown; None if that is as it is stored."""
        name = field.api_name
        if field.is_list_of_tags:
            return self._tags
        if field.multiline == "rich_text" and not self._in_full:
            return lambda record: (record.get(name) or "")[:RICH_TEXT_IN_LISTS] or None
        special = self._SPECIAL.get(field.data_type)
        return None if special is None else special(self, field)

    def _moment(self, field: Field) -> Show:
        name, zone = field.api_name, self.zone

        def show(record: Record) -> str | None:
            stored = record.get(name)
            return None if stored is None else in_zone(stored, zone)

        return show

    def _lookup(self, field: Field) -> Show:
        name, org = field.api_name, self.org
        return lambda record: reference(org, record.get(name))

    def _multi_lookup(self, field: Field) -> Show:
        # What_Id stays {name, id}; Notes name the parent's module from v3 on (docs v8 get-notes).
        name, org = field.api_name, self.org
        with_module = name == "Parent_Id" and not self.dialect.note_parent_in_text

        def show(record: Record) -> dict[str, Any] | None:
            shown = reference(org, record.get(name))
            if shown is not None and with_module:
                module = org.metadata.modules[org.records.homes[shown["id"]]]
                shown["module"] = {"api_name": module.api_name, "id": module.id}
            return shown

        return show

    def _multi_links(self, field: Field) -> Show:
        name, org, module = field.api_name, self.org, self.module

        def show(record: Record) -> list[dict[str, Any]]:
            return [
                {name: reference(org, far_id), "id": link}
                for link, far_id in linked_ids(org, module, field, record["id"])
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

        def show(record: Record) -> list[dict[str, Any]]:
            return [
                rows.row(table.rows[row_id])
                for row_id in record.get(name) or ()
                if row_id in table.rows
            ]

        return show

    def _files(self, field: Field) -> Show:
        name, blobs = field.api_name, self.org.records.blobs

        def show(record: Record) -> list[dict[str, Any]] | None:
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
    }

    def _tags(self, record: Record) -> list[dict[str, Any]]:
        return tag_references(self.org, record, self.dialect)

    def _properties(self, record: Record) -> dict[str, Any]:
        """Return what begins with a dollar sign in a record, and its territories."""
        allowed = {"approve": False, "reject": False, "resubmit": False}
        converted = bool(record.get("Converted__s"))
        shown: dict[str, Any] = {
            "$currency_symbol": self.org.info.get("currency_symbol", "$"),
            "$field_states": None,
            "$review_process": allowed,
            "$editable": not converted,
            "$orchestration": False,
            "$in_merge": False,
            "$approval_state": "approved",
            "$approval": {"delegate": False, **allowed},
            "$process_flow": False,
            "$state": "save",
            "$review": None,
            "$sharing_permission": "full_access",
        }
        shown |= self._properties_of_version(record, is_converted=converted)
        shown |= self._territories(record)
        shown.update((name, value) for name, value in record.items() if name[:1] == "$")
        return shown | self._properties_of_module(record)

    def _properties_of_version(self, record: Record, *, is_converted: bool) -> dict[str, Any]:
        if not self.dialect.has_dollar_converted:
            return {
                "$locked_for_me": False,
                "$has_more": {},
                "$zia_visions": None,
                "$pathfinder": False,
                "$layout_id": _layout(self.module),
            }
        shown: dict[str, Any] = {"$approved": True}
        if self.module.convertable:
            shown["$converted"] = is_converted
            if is_converted:
                shown["$converted_detail"] = _converted_detail(record)
        return shown

    def _territories(self, record: Record) -> dict[str, Any]:
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

    def _properties_of_module(self, record: Record) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        if self.module.api_name == "Attachments":
            shown["$attachment_type"] = 0
        if self.module.api_name == "Notes":
            shown.update(
                {
                    "$attachments": None,
                    "$voice_note": False,
                    "$size": None,
                    "$is_shared_to_client": False,
                }
            )
        for name in ("What_Id", "Parent_Id"):
            home = self.org.records.homes.get(record.get(name) or "")
            if home is not None and self.module.parent_module is None:
                shown["$se_module"] = home
        return shown


def _layout(module: Module) -> dict[str, Any]:
    return {"display_label": "Standard", "name": "Standard", "id": module.layout_id}


def _converted_detail(record: Record) -> dict[str, Any]:
    return {
        key: record.get(name)
        for key, name in (
            ("account", "Converted_Account"),
            ("contact", "Converted_Contact"),
            ("deal", "Converted_Deal"),
        )
        if record.get(name)
    }


def tag_references(org: Organisation, record: Record, traits: Dialect) -> list[dict[str, Any]]:
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
    """Return a module as lookups refer to it."""
    module = org.metadata.modules[api_name]
    return {"api_name": module.api_name, "id": module.id}
