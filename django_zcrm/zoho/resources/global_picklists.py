"""Global picklists: pick lists that several fields share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one, page
from ..results import BatchResult, Outcome, Page
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


class GlobalPicklists(Resource):
    """Global picklists (Zoho's manual: Global Picklists)."""

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists",
        key="global_picklists",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.READ",),
    )
    def list(
        self,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> Sequence[GlobalPicklist]:
        """Return the global picklists."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}",
        key="global_picklists",
        returns=item,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.READ",),
    )
    def get(
        self,
        id: str,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> GlobalPicklist:
        """Return one global picklist. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/global_picklists",
        key="global_picklists",
        body="global_picklists",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.CREATE",),
    )
    def create(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Create global picklists; return the outcome of each."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/global_picklists",
        key="global_picklists",
        body="global_picklists",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.UPDATE",),
    )
    def update(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Change global picklists, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/global_picklists/{id}",
        key="global_picklists",
        body="global_picklist",
        in_list=True,
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.global_picklist.UPDATE",),
    )
    def update_one(self, id: str, global_picklist: Values) -> Outcome:
        """Change one global picklist."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/global_picklists",
        key="global_picklists",
        each="ids",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete global picklists; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/global_picklists/{id}",
        key="global_picklists",
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one global picklist, which can take a while."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/associations",
        key="associations",
        returns=page,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.READ",),
    )
    def associations(
        self,
        id: str,
        *,
        include_inner_details: Sequence[PicklistAssociationDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[PicklistAssociation]:
        """List the fields that use a global picklist."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/pick_list_values_associations",
        key="pick_list_values_associations",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.ALL",),
    )
    def pick_list_values_associations(
        self, id: str, picklist_value_id: str
    ) -> Sequence[PicklistValueAssociation]:
        """Return where a choice is used."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/global_picklists/{id}/actions/replace_picklist_values",
        key="replace_picklist_values",
        body="values",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.UPDATE",),
    )
    def replace_picklist_values(self, id: str, values: Sequence[Values]) -> BatchResult:
        """Replace choices, each an `old_value` by a `new_value`; return the outcome of each."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/global_picklists/{id}/actions/replaced_values",
        key="replaced_values",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.settings.global_picklist.READ",),
    )
    def replaced_values(self, id: str) -> Sequence[PickListValue]:
        """Return the choices that were replaced."""
        ...
