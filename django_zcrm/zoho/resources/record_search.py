"""Finding and counting records: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import item, items, page, value
from ..results import Page, Record
from ..types import SortOrder
from . import Resource

YesNoBoth = Literal["true", "false", "both"]
ApprovalState = Literal[
    "approved",
    "approval_process_pending",
    "approval_process_rejected",
    "review_process_pending",
    "review_process_rejected",
    "merge_pending",
    "zia_vision_pending",
    "zia_vision_rejected",
    "zia_vision_validation",
    "email_parser_waiting",
    "email_parser_rejected",
    "webform_invalid",
    "webform_invalid_approval",
    "webform_unapproved",
    "webform_double_optin",
]
SearchedUsers = Literal[
    "AllUsers",
    "AllActiveUsers",
    "ActiveUsers",
    "DeactiveUsers",
    "ActiveAndDeactive",
    "ConfirmedUsers",
    "NotConfirmedUsers",
    "DeletedUsers",
    "ActiveConfirmedUsers",
    "AdminUsers",
    "ActiveConfirmedAdmins",
    "CurrentUser",
    "DeveloperUsers",
    "ParentRoleUsers",
    "ChildRoleUsers",
    "SubordinateRoleUsers",
]
CountedUsers = Literal[
    "AllUsers",
    "ActiveUsers",
    "DeactiveUsers",
    "ConfirmedUsers",
    "ConfirmedReportingUsers",
    "NotConfirmedUsers",
    "DeletedUsers",
    "ActiveConfirmedUsers",
    "AdminUsers",
    "ActiveConfirmedAdmins",
    "CurrentUser",
]


class RecordSearch(Resource):
    """Search, count and full text of records."""

    @operation(
        "GET",
        "/crm/{version}/{module}/search",
        key="data",
        returns=page,
        headers={"x_external": "X-EXTERNAL"},
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoSearch.securesearch.READ"),
    )
    def search(
        self,
        module: str,
        *,
        criteria: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        fields: Sequence[str] | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        approval_state: ApprovalState | None = None,
        cvid: str | None = None,
        type: SearchedUsers | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int = 200,
        page: int | None = None,
        x_external: str | None = None,
    ) -> Page[Record]:
        """Search by one of `criteria`, `email`, `phone`, `word`; 2,000 records can be reached.

        On text, Zoho's `equals` also matches values that contain it, and the index lags behind
        writes. `type` is for users.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/count",
        key="count",
        returns=value,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def count(
        self,
        module: str,
        *,
        cvid: str | None = None,
        criteria: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        type: CountedUsers | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> int:
        """Count records, all of them or those that match; the count lags by some minutes."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/count",
        key="count",
        returns=value,
        safe=True,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def count_post(
        self,
        module: str,
        *,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
    ) -> int:
        """Count as `count` does, by POST."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/fetch_full_data",
        key="data",
        returns=items,
        each="ids",
        since="v7",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def fetch_full_data(
        self, module: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        """Return the whole text of rich text `fields`, which lists cut at 500 characters."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{id}/actions/fetch_full_data",
        key="data",
        returns=item,
        since="v7",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def fetch_full_data_one(
        self, module: str, id: str, *, fields: Sequence[str] | None = None
    ) -> Record:
        """Return the whole text of one record's rich text fields. Raises NotFound."""
        ...
