"""Recycle bin: deleted records that can be restored."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page, value
from ..results import BatchResult, Outcome, Page
from ..types import Filters, SortOrder
from ..types.organisation import RecycledRecord
from . import Resource


class RecycleBin(Resource):
    """Recycle bin (Zoho's manual: Recycle Bin)."""

    @operation(
        "GET",
        "/crm/{version}/settings/recycle_bin",
        key="recycle_bin",
        returns=page,
        since="v7",
        scopes=("ZohoCRM.settings.recycle_bin.READ",),
    )
    def list(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[RecycledRecord]:
        """List records in the bin."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/recycle_bin/{record_id}",
        key="recycle_bin",
        returns=item,
        since="v7",
        scopes=("ZohoCRM.settings.recycle_bin.READ",),
    )
    def get(self, record_id: str) -> RecycledRecord:
        """Return one record in the bin. Raises NotFound."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/recycle_bin/actions/count",
        key="count",
        returns=value,
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.READ",),
    )
    def count(self) -> int:
        """Count records in the bin."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/actions/restore",
        key="recycle_bin",
        beside=("ids", "filters", "restore_all_records"),
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.UPDATE",),
    )
    def restore(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        restore_all_records: bool | None = None,
    ) -> BatchResult:
        """Restore records by `ids`, by `filters`, or all; return the outcome of each."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/{record_id}/actions/restore",
        key="recycle_bin",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.UPDATE",),
    )
    def restore_one(self, record_id: str) -> Outcome:
        """Restore one record. Raises Invalid when that is not possible."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/recycle_bin",
        key="recycle_bin",
        returns=batch,
        adapt="filters_or_ids",
        since="v7",
        scopes=("ZohoCRM.settings.recycle_bin.DELETE",),
    )
    def delete(self, filters: Filters | None, *, ids: Sequence[str] | None = None) -> BatchResult:
        """Delete records for good: those that match `filters`, or `delete(None, ids=...)`.

        Returns the outcome of each.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/recycle_bin/{record_id}",
        key="recycle_bin",
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.recycle_bin.DELETE",),
    )
    def delete_one(self, record_id: str) -> Outcome:
        """Delete one record for good."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/actions/empty",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.UPDATE",),
    )
    def empty(self) -> Outcome:
        """Delete everything in the bin for good; that takes a while if there is much in it."""
        ...
