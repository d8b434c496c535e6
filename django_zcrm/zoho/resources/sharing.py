"""Sharing of single records with users, roles and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult
from ..types.records import Share
from . import Resource


class Sharing(Resource, scope="ZohoCRM.share.{module}", key="share"):
    """Shared records (Zoho's manual: Share Records)."""

    @operation(
        "GET", "/crm/{version}/{module}/{record_id}/actions/share", rename={"shared_to": "sharedTo"}
    )
    def list(
        self,
        module: str,
        record_id: str,
        *,
        shared_to: str | None = None,
        view: Literal["summary", "manage"] | None = None,
    ) -> Sequence[Share]:
        """Return with whom a record is shared, and how.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            shared_to: Id of a user; only shares with this user.
            view: `summary` returns an overview, `manage` the details.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/share",
        body="shares",
        top_level=("notify_shared_members", "notify_on_completion", "notify"),
    )
    def create(
        self,
        module: str,
        record_id: str,
        shares: Sequence[Share],
        *,
        notify_shared_members: bool | None = None,
        notify_on_completion: bool | None = None,
        notify: bool | None = None,
    ) -> BatchResult:
        """Share a record with users, groups and roles.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            shares: Shares to create, each with `shared_with`, `permission` (read_only, read_write
                or full_access) and `type`. At most 10 users, 5 groups and 5 roles.
            notify_shared_members: Whether to notify the users with whom the record is shared.
            notify_on_completion: Whether to notify the connected user when Zoho has finished.
            notify: `notify_shared_members` under the key of Zoho's older description.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/actions/share",
        body="shares",
        top_level=("notify_shared_members", "notify_on_completion", "notify"),
    )
    def update(
        self,
        module: str,
        record_id: str,
        shares: Sequence[Share],
        *,
        notify_shared_members: bool | None = None,
        notify_on_completion: bool | None = None,
        notify: bool | None = None,
    ) -> BatchResult:
        """Change how a record is shared.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            shares: Shares to change, as for `create`.
            notify_shared_members: Whether to notify the users with whom the record is shared.
            notify_on_completion: Whether to notify the connected user when Zoho has finished.
            notify: `notify_shared_members` under the key of Zoho's older description.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{record_id}/actions/share")
    def delete(self, module: str, record_id: str) -> BatchResult:
        """Stop sharing a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
        """
        ...
