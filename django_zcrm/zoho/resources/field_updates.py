"""Field updates: the automation actions that set a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import SortOrder, Values
from ..types.automation import FieldUpdate
from . import Resource

FieldUpdateDetail = Literal[
    "field_label",
    "enable_colour_code",
    "pick_list_values.colour_code",
    "data_type",
    "display_value",
]
FIELD_UPDATE_DETAILS: Sequence[FieldUpdateDetail] = (
    "field_label",
    "enable_colour_code",
    "pick_list_values.colour_code",
    "data_type",
    "display_value",
)


class FieldUpdates(
    Resource, scope="ZohoCRM.settings.automation_actions", key="field_updates", since="v8"
):
    """Field updates (Zoho's manual: Field Updates)."""

    @operation("GET", "/crm/{version}/settings/automation/field_updates")
    def list(
        self,
        *,
        include_inner_details: Sequence[FieldUpdateDetail] | None = None,
        sort_by: Literal["modified_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[FieldUpdate]:
        """List field updates.

        Args:
            include_inner_details: Further keys to return, also of nested objects, as dotted paths.
            sort_by: `modified_time`, the only key that Zoho sorts by.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Field updates per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/field_updates/{id}")
    def get(
        self, id: str, *, include_inner_details: Sequence[FieldUpdateDetail] = FIELD_UPDATE_DETAILS
    ) -> FieldUpdate:
        """Return one field update. Raises NotFound.

        Args:
            id: Id of the field update.
            include_inner_details: Further keys to return, also of nested objects, as dotted paths.
                By default all, because Zoho requires the parameter.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/field_updates", body="field_updates")
    def create(self, field_updates: Sequence[Values]) -> BatchResult:
        """Create field updates; return the outcome of each.

        Args:
            field_updates: Field updates to create, by Zoho's key, each with `name`, `module`,
                `field` and `type`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/field_updates/{id}",
        body="field_update",
        in_list=True,
    )
    def update_one(self, id: str, field_update: Values) -> Outcome:
        """Change one field update.

        Args:
            id: Id of the field update.
            field_update: Values to change, by Zoho's key, with `name`, `module`, `field` and
                `type`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/field_updates", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete field updates; return the outcome of each. A field update in use is not deleted.

        Args:
            ids: Ids of the field updates.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/field_updates/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one field update. Raises Invalid while a rule uses it.

        Args:
            id: Id of the field update.
        """
        ...
