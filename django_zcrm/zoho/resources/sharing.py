"""Sharing of single records with users, roles and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, items
from ..results import BatchResult
from ..types.records import Share
from . import Resource


class Sharing(Resource):
    """Shared records (Zoho's manual: Share Records)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/actions/share",
        key="share",
        returns=items,
        rename={"shared_to": "sharedTo"},
        scopes=("ZohoCRM.share.{module}.READ",),
    )
    def list(
        self,
        module: str,
        record_id: str,
        *,
        shared_to: str | None = None,
        view: Literal["summary", "manage"] | None = None,
    ) -> Sequence[Share]:
        """Return with whom a record is shared, and how."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/share",
        key="share",
        body="shares",
        beside=("notify_shared_members", "notify_on_completion", "notify"),
        returns=batch,
        scopes=("ZohoCRM.share.{module}.CREATE",),
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
        """Share a record with at most 10 users, 5 groups and 5 roles."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/actions/share",
        key="share",
        body="shares",
        beside=("notify_shared_members", "notify_on_completion", "notify"),
        returns=batch,
        scopes=("ZohoCRM.share.{module}.UPDATE",),
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
        """Change how a record is shared."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/actions/share",
        key="share",
        returns=batch,
        scopes=("ZohoCRM.share.{module}.DELETE",),
    )
    def delete(self, module: str, record_id: str) -> BatchResult:
        """Stop sharing a record with anybody."""
        ...
