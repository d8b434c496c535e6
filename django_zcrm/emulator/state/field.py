"""The definition of a module's field: its type, its limits and its references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The JSON type that Zoho gives for each data type ("json_type" in settings/fields).
JSON_TYPES: Mapping[str, str] = {
    "text": "string",
    "email": "string",
    "phone": "string",
    "website": "string",
    "textarea": "string",
    "picklist": "string",
    "date": "string",
    "datetime": "string",
    "bigint": "string",
    "autonumber": "string",
    "profileimage": "string",
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "userlookup": "jsonobject",
    "multi_module_lookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "multiselectlookup": "jsonarray",
    "subform": "jsonarray",
    "fileupload": "jsonarray",
    "imageupload": "jsonarray",
    "event_reminder": "string",
    "multireminder": "jsonarray",
    "ALARM": "jsonobject",
    "participants": "jsonarray",
    "RRULE": "jsonobject",
}

USER_TYPES = frozenset({"ownerlookup", "userlookup"})
LOOKUP_TYPES = frozenset({"lookup", "multi_module_lookup"})
NUMERIC_TYPES = frozenset({"integer", "double", "currency", "percent"})
#: Types of text that criteria compare without regard to case.
TEXT_TYPES = frozenset({"text", "email", "phone", "website", "textarea", "picklist", "autonumber"})
FILE_TYPES = frozenset({"fileupload", "imageupload"})
#: Types of fields with child rows: lists omit them from v2.1 on (Zoho docs v7 get-records).
CHILD_TYPES = frozenset({"subform", "multiselectlookup"})


#: Computes a value from the other stored values of a record.
Formula = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class PickListValue:
    """One choice of a picklist; `extra` holds the keys that only Deals.Stage has."""

    actual_value: str
    display_value: str
    id: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Immutable, so that organisations can share it; a change makes a new one.

    `mandatory` is Zoho's system_mandatory: the API refuses a record without it. `read_only`
    marks fields that the system sets: values sent for them are ignored. `since` and `until` limit
    the API versions that have the field (`until` is the first one that does not).
    """

    api_name: str
    label: str
    data_type: str
    length: int = 255
    id: str = ""
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    external: str | None = None
    values: tuple[PickListValue, ...] = ()
    #: The id of the global picklist that the choices come from.
    global_picklist: str | None = None
    lookup: str | None = None
    lookup_modules: tuple[str, ...] = ()
    related_list: str | None = None
    subform: str | None = None
    decimal_place: int | None = None
    #: `()` is shown as an empty list.
    default: tuple[()] | Any = None
    prefix: str = ""
    start_number: int = 1
    formula: Formula | None = None
    formula_type: str | None = None
    expression: str = ""
    multiline: str | None = None
    convert_to: Mapping[str, str] = field(default_factory=dict)
    show_in_view: bool = True
    quick_create: bool = False
    mass_update: bool = True
    since: float = 2.0
    until: float = 99.0
    #: The field's name in API versions before `renamed_since` (Product_Details in v2.0).
    old_name: str | None = None
    renamed_since: float = 2.0
    is_list_of_tags: bool = False

    @property
    def json_type(self) -> str:
        """Return the JSON type of the field's values, in Zoho's spelling."""
        if self.is_list_of_tags:
            return "jsonarray"
        if self.data_type == "formula":
            return JSON_TYPES[self.formula_type or "double"]
        return JSON_TYPES[self.data_type]

    @property
    def value_type(self) -> str:
        """Return the data type by which values are compared; a formula's is its return type."""
        return self.formula_type or self.data_type

    def exists_in(self, version: float) -> bool:
        """Return whether the field exists in this API version."""
        return self.since <= version < self.until

    def name_in(self, version: float) -> str:
        """Return the field's API name in this version."""
        if self.old_name is not None and version < self.renamed_since:
            return self.old_name
        return self.api_name

    def picklist_value(self, text: str) -> PickListValue | None:
        """Find a choice by its actual or display value."""
        for value in self.values:
            if text in (value.actual_value, value.display_value):
                return value
        return None
