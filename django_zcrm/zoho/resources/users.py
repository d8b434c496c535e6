"""Users of the organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from ..operation import operation
from ..results import Page, item, page
from . import Resource

UserType = Literal[
    "AllUsers",
    "ActiveUsers",
    "DeactiveUsers",
    "ConfirmedUsers",
    "NotConfirmedUsers",
    "DeletedUsers",
    "ActiveConfirmedUsers",
    "AdminUsers",
    "ActiveConfirmedAdmins",
    "CurrentUser",
]


class Users(Resource):
    """Users (Zoho's manual: Users)."""

    @operation(
        "GET",
        "/crm/{version}/users",
        key="users",
        returns=page,
        headers={"if_modified_since": "If-Modified-Since"},
        scopes=("ZohoCRM.users.READ",),
    )
    def list(
        self,
        *,
        type: UserType | None = None,
        ids: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[dict[str, Any]]:
        """List users; `type="CurrentUser"` is the one who connected."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}",
        key="users",
        returns=item,
        headers={"if_modified_since": "If-Modified-Since"},
        scopes=("ZohoCRM.users.READ",),
    )
    def get(self, user: str, *, if_modified_since: datetime | None = None) -> dict[str, Any]:
        """Return one user by id."""
        ...
