"""Global picklists: picklists that several fields share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Values
from ..types.metadata import (
    GlobalPicklist,
    PicklistAssociation,
    PickListValue,
    PicklistValueAssociation,
)
from . import Resource

PicklistInclude = Literal["used_in_modules", "pick_list_values", "associated_fields_count"]
PicklistDetail = Literal["used_in_modules.plural_label"]
PicklistAssociationDetail = Literal["module.plural_label", "module.module_name", "layouts.status"]


class GlobalPicklists(
    Resource, scope="ZohoCRM.settings.global_picklist", key="global_picklists", since="v6"
):
    """Global picklists (Zoho's manual: Global Picklists)."""

    @operation("GET", "/crm/{version}/settings/global_picklists")
    def list(
        self,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> Sequence[GlobalPicklist]:
        """Return the global picklists.

        Args:
            include: Further keys of each global picklist to return, at most 3.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("GET", "/crm/{version}/settings/global_picklists/{id}")
    def get(
        self,
        id: str,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> GlobalPicklist:
        """Return one global picklist. Raises NotFound.

        Args:
            id: Id of the global picklist.
            include: Further keys of each global picklist to return, at most 3.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("POST", "/crm/{version}/settings/global_picklists", body="global_picklists")
    def create(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Create global picklists; return the outcome of each.

        Args:
            global_picklists: Global picklists to create, by Zoho's key, each with `display_label`
                (at most 50 characters) and `pick_list_values` (at most 5,000).
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/global_picklists", body="global_picklists")
    def update(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Change global picklists, each with its `id`; return the outcome of each.

        Args:
            global_picklists: Global picklists to change, each with its `id` and the new values.
        """
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/global_picklists/{id}",
        body="global_picklist",
        in_list=True,
        since="v7",
    )
    def update_one(self, id: str, global_picklist: Values) -> Outcome:
        """Change one global picklist.

        Args:
            id: Id of the global picklist.
            global_picklist: Values to change, by Zoho's key.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/global_picklists", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete global picklists; return the outcome of each.

        Args:
            ids: Ids of the global picklists.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/global_picklists/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one global picklist. Zoho may do this in the background.

        Args:
            id: Id of the global picklist.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/associations",
        key="associations",
    )
    def associations(
        self,
        id: str,
        *,
        include_inner_details: Sequence[PicklistAssociationDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[PicklistAssociation]:
        """List the fields that use a global picklist.

        Args:
            id: Id of the global picklist.
            include_inner_details: Keys of nested objects to return too, as dotted paths; at most 3.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Fields per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/pick_list_values_associations",
        key="pick_list_values_associations",
        scopes=("ZohoCRM.settings.global_picklist.ALL",),
    )
    def pick_list_values_associations(
        self, id: str, picklist_value_id: str
    ) -> Sequence[PicklistValueAssociation]:
        """Return the places where a choice is used.

        Args:
            id: Id of the global picklist.
            picklist_value_id: Id of the choice.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/global_picklists/{id}/actions/replace_picklist_values",
        key="replace_picklist_values",
        body="values",
        scopes=("ZohoCRM.settings.global_picklist.UPDATE",),
    )
    def replace_picklist_values(self, id: str, values: Sequence[Values]) -> BatchResult:
        """Replace a choice by another one.

        Args:
            id: Id of the global picklist.
            values: One replacement, with `old_value` and `new_value`.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/replaced_values",
        key="replaced_values",
    )
    def replaced_values(self, id: str) -> Sequence[PickListValue]:
        """Return the choices that were replaced.

        Args:
            id: Id of the global picklist.
        """
        ...
