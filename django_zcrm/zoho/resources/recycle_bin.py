"""Recycle bin: deleted records that can be restored."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, SortOrder
from ..types.organisation import RecycledRecord
from . import Resource


class RecycleBin(Resource, scope="ZohoCRM.settings.recycle_bin", key="recycle_bin", since="v7"):
    """Recycle bin (Zoho's manual: Recycle Bin)."""

    @operation("GET", "/crm/{version}/settings/recycle_bin")
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
        """List records in the bin.

        Args:
            ids: Return only the records with these ids.
            filters: Condition, or group of conditions, on the records to return.
            sort_by: Field to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Records per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/recycle_bin/{record_id}")
    def get(self, record_id: str) -> RecycledRecord:
        """Return one record in the bin. Raises NotFound.

        Args:
            record_id: Id of the record.
        """
        ...

    @operation("GET", "/crm/{version}/settings/recycle_bin/actions/count", key="count", since="v8")
    def count(self) -> int:
        """Count records in the bin."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/actions/restore",
        top_level=("ids", "filters", "restore_all_records"),
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
        """Restore records by `ids`, by `filters`, or all; return the outcome of each.

        Args:
            ids: Ids of the records, at most 200.
            filters: Condition, or group of conditions, on the records to restore.
            restore_all_records: Whether to restore everything in the bin.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/{record_id}/actions/restore",
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.UPDATE",),
    )
    def restore_one(self, record_id: str) -> Outcome:
        """Restore one record. Raises Invalid if Zoho refuses.

        Args:
            record_id: Id of the record.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/recycle_bin", adapt="filters_or_ids")
    def delete(self, filters: Filters | None, *, ids: Sequence[str] | None = None) -> BatchResult:
        """Delete records for good, by `filters` or by `ids`; return the outcome of each.

        Args:
            filters: Condition as for `list`; None if you pass `ids`.
            ids: Ids of the records, in place of `filters`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/recycle_bin/{record_id}")
    def delete_one(self, record_id: str) -> Outcome:
        """Delete one record for good.

        Args:
            record_id: Id of the record.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/recycle_bin/actions/empty",
        since="v8",
        scopes=("ZohoCRM.settings.recycle_bin.UPDATE",),
        key="",
    )
    def empty(self) -> Outcome:
        """Delete everything in the bin for good; with many records, Zoho does this later."""
        ...
