"""The definition of a module: fields, related lists, custom views and layout."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from .field import Field, Formula


@dataclass(frozen=True, slots=True)
class RelatedList:
    """A list of records that belong to one record.

    The link is either `field`, which holds the parent's id in the other module, or (`linked`) a
    separate pair of ids, as between products and leads.
    """

    api_name: str
    label: str
    module: str
    id: str = ""
    field: str | None = None
    linked: bool = False

    @property
    def kind(self) -> str:
        """Return the `type` that settings/related_lists shows."""
        return "multiselectlookup" if self.linked else "default"


@dataclass(frozen=True, slots=True)
class CustomView:
    """A stored filter of a module: search criteria, columns, and an order."""

    name: str
    fields: tuple[str, ...]
    system_name: str | None = None
    criteria: str | None = None
    only_mine: bool = False
    id: str = ""
    default: bool = False
    system_defined: bool = True
    favorite: int | None = None
    sort_by: str | None = None
    sort_order: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a layout with the API names of its fields."""

    name: str
    fields: tuple[str, ...]
    id: str = ""
    columns: int = 2
    is_subform: bool = False
    custom: bool = False


@dataclass(frozen=True)
class Module:
    """One module. Immutable and shared by organisations; a change makes a new one."""

    api_name: str
    singular_label: str
    plural_label: str
    display_field: str
    fields: tuple[Field, ...]
    id: str = ""
    sequence_number: int = 0
    generated_type: str = "default"
    sections: tuple[Section, ...] = ()
    layout_id: str = ""
    views: tuple[CustomView, ...] = ()
    related_lists: tuple[RelatedList, ...] = ()
    duplicate_check_field: str | None = None
    show_as_tab: bool = True
    has_photo: bool = False
    has_owner: bool = True
    searchable: bool = True
    convertable: bool = False
    inventory: bool = False
    parent_module: str | None = None
    activity: bool = False
    modified_time: str | None = None

    @cached_property
    def field_map(self) -> dict[str, Field]:
        """Return the fields by API name."""
        return {item.api_name: item for item in self.fields}

    @cached_property
    def subforms(self) -> tuple[Field, ...]:
        """Return the subform fields."""
        return tuple(item for item in self.fields if item.data_type == "subform")

    @cached_property
    def computed(self) -> tuple[tuple[str, Formula], ...]:
        """Return the fields that Zoho computes from others, as (API name, formula)."""
        return tuple((item.api_name, item.formula) for item in self.fields if item.formula)

    @cached_property
    def _fields_by_version(self) -> dict[float, dict[str, Field]]:
        return {}

    def fields_by_name(self, version: float) -> dict[str, Field]:
        """Return the fields that exist in an API version, by their names in it."""
        # Every request asks for them.
        by_version = self._fields_by_version
        if version not in by_version:
            by_version[version] = {
                item.name_in(version): item for item in self.fields if item.exists_in(version)
            }
        return by_version[version]

    def fields_in(self, version: float) -> Collection[Field]:
        """Return the fields that exist in an API version."""
        return self.fields_by_name(version).values()

    def with_fields(self, fields: Iterable[Field]) -> Module:
        """Return the same module with other fields."""
        return replace(self, fields=tuple(fields))

    def related_list(self, api_name: str) -> RelatedList | None:
        """Find a related list by its API name."""
        return next((item for item in self.related_lists if item.api_name == api_name), None)
