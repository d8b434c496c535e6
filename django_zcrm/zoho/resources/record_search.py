"""Finding and counting records: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import Page, RecordDict
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


class RecordSearch(Resource, scope="ZohoCRM.modules.{module}", key="data"):
    """Search, count and full text of records."""

    @operation(
        "GET",
        "/crm/{version}/{module}/search",
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
    ) -> Page[RecordDict]:
        """Search by one of `criteria`, `email`, `phone` and `word`.

        Zoho finds at most 2,000 records. On text, `equals` also matches values that contain the
        text. The index lags behind writes.

        Args:
            module: API name of the module, such as `Leads`.
            criteria: Criteria, such as `((Last_Name:equals:Lee)and(City:starts_with:B))`: at most
                10 conditions, 15 by Zoho's newer description. Escape brackets and commas in values
                with a backslash.
            email: E-mail address in any e-mail field.
            phone: Phone number in any phone field.
            word: Word in any field, at least 2 characters.
            fields: API names of the fields to return, at most 50.
            converted: Whether to include converted leads: `true`, `false` (the default) or `both`.
            approved: Whether to include approved records: `true` (the default), `false` (only those
                not approved) or `both`.
            approval_state: Only records in this state of approval.
            cvid: Id of a custom view; only its records are searched.
            type: Kind of users, for the module `Users`.
            sort_by: API name of the field to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Records per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages. Zoho returns at most the first 2,000 matches.
            x_external: External field for the header `X-EXTERNAL`, as `Module.Field_API_Name`.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/actions/count", key="count")
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
        """Count records: all, or those that match. The count lags by some minutes.

        Args:
            module: API name of the module, such as `Leads`.
            cvid: Id of a custom view; only its records are counted.
            criteria: Criteria as for `search`.
            email: E-mail address in any e-mail field.
            phone: Phone number in any phone field.
            word: Word in any field, at least 2 characters.
            converted: Whether to include converted leads: `true`, `false` (the default) or `both`.
            approved: Whether to include approved records: `true` (the default), `false` (only those
                not approved) or `both`.
            type: Kind of users, for the module `Users`.
            page: Number of a page. Zoho lists the parameter without describing its effect.
            per_page: Size of a page. Zoho lists the parameter without describing its effect.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/count",
        key="count",
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
        """Count as `count` does, by POST.

        Args:
            module: API name of the module, such as `Leads`.
            email: E-mail address in any e-mail field.
            phone: Phone number in any phone field.
            word: Word in any field, at least 2 characters.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/actions/fetch_full_data", each="ids", since="v7")
    def fetch_full_data(
        self, module: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Sequence[RecordDict]:
        """Return the whole text of rich text fields, which lists cut at 500 characters.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records.
            fields: API names of the rich text fields.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/{id}/actions/fetch_full_data", since="v7")
    def fetch_full_data_one(
        self, module: str, id: str, *, fields: Sequence[str] | None = None
    ) -> RecordDict:
        """Return the whole text of one record's rich text fields. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            fields: API names of the rich text fields. By default all.
        """
        ...
