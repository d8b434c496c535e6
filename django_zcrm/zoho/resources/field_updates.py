"""Field updates: the automation actions that set a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
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


class FieldUpdates(Resource):
    """Field updates (Zoho's manual: Field Updates)."""

    @operation(
        "GET",
        "/crm/{version}/settings/automation/field_updates",
        key="field_updates",
        returns=page,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def list(
        self,
        *,
        include_inner_details: Sequence[FieldUpdateDetail] | None = None,
        sort_by: Literal["modified_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[FieldUpdate]:
        """List field updates."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/field_updates/{id}",
        key="field_updates",
        returns=item,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def get(
        self, id: str, *, include_inner_details: Sequence[FieldUpdateDetail] = FIELD_UPDATE_DETAILS
    ) -> FieldUpdate:
        """Return one field update. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/automation/field_updates",
        key="field_updates",
        body="field_updates",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.CREATE",),
    )
    def create(self, field_updates: Sequence[Values]) -> BatchResult:
        """Create field updates; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/field_updates/{id}",
        key="field_updates",
        body="field_update",
        in_list=True,
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.UPDATE",),
    )
    def update_one(self, id: str, field_update: Values) -> Outcome:
        """Change one field update."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/field_updates",
        key="field_updates",
        each="ids",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete field updates; return the outcome of each. Those in use are refused."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/field_updates/{id}",
        key="field_updates",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one field update. Raises Invalid while a rule uses it."""
        ...
