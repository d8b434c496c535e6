"""Portal users: who may sign in to a portal."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, one, page
from ..results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import PortalUser
from . import Resource


class PortalUsers(Resource):
    """Users of a portal (Zoho's manual: Portal Users)."""

    @operation(
        "GET",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users",
        key="users",
        rename={"source__s": "Source__s"},
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.READ",),
    )
    def list(
        self,
        portal_name: str,
        user_type_id: str,
        *,
        filters: Filters | None = None,
        type: str | None = None,
        source__s: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[PortalUser]:
        """List the users of a type."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users",
        key="users",
        each="personality_ids",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.clientportal.DELETE",),
    )
    def delete(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str]
    ) -> BatchResult:
        """Remove users from a portal; return the outcome of each."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/action/transfer",
        key="users",
        rename={"transfer_to": "transfer_To"},
        each="personality_ids",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def transfer(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str], transfer_to: str
    ) -> BatchResult:
        """Move users to the user type `transfer_to`; return the outcome of each."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/actions/change_status",
        key="change_status",
        body="change",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def change_status(self, portal_name: str, user_type_id: str, change: Values) -> Outcome:
        """Activate or deactivate users, `{"users": [...]}`; the outcome names the job."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/{record_id}/actions/change_status",
        key="change_status",
        returns=one,
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def change_status_one(
        self, portal_name: str, user_type_id: str, record_id: str, active: bool
    ) -> Outcome:
        """Activate or deactivate one user."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/{user_id}/actions/change_status",
        key="change_status",
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def update_status(
        self, portal_name: str, user_type_id: str, user_id: str, *, active: bool | None = None
    ) -> Outcome:
        """Activate or deactivate one user, in the way of the API's first description."""
        ...
