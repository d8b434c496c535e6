"""Related records: records linked to a record, such as the contacts of a campaign.

Written by tools/write_resources.py from zoho/resources/related_records.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...resources.record_search import YesNoBoth
from ...results import BatchResult, Outcome, Record
from ...types import SortBy, SortOrder
from ...types.records import RelatedCount, RelatedCountQuery
from ..results import AsyncPage


class RelatedRecords:
    """Related records (Zoho's manual: Related Records).

    `related_list` is the API name of a related list, as `related_lists.list(module)` has it.
    """

    async def list(
        self,
        module: str,
        record_id: str,
        related_list: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        converted: YesNoBoth | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
        if_modified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> AsyncPage[Record]:
        """List related records; iterating goes through all pages.

        If left out, `fields` come from the metadata of the module that the related list is named
        after; give them where the names differ.
        """
        ...

    async def get(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        *,
        fields: Sequence[str] | None = None,
        if_modified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> Record:
        """Return one related record. Raises NotFound."""
        ...

    async def update(
        self,
        module: str,
        record_id: str,
        related_list: str,
        records: Sequence[Record],
        *,
        x_external: str | None = None,
    ) -> BatchResult:
        """Relate records, each with its `id`, or change how they are related, 100 per request."""
        ...

    async def update_one(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        record: Record,
        *,
        x_external: str | None = None,
    ) -> Outcome:
        """Relate one record, or change how it is related."""
        ...

    async def delete(
        self,
        module: str,
        record_id: str,
        related_list: str,
        ids: Sequence[str],
        *,
        x_external: str | None = None,
    ) -> BatchResult:
        """Unlink records from this one, 100 per request; the records themselves stay."""
        ...

    async def delete_one(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        *,
        x_external: str | None = None,
    ) -> Outcome:
        """Unlink one record from this one; the record itself stays."""
        ...

    async def of_deleted(
        self,
        module: str,
        record_id: str,
        related_list: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> AsyncPage[Record]:
        """List the related records of a record in the recycle bin."""
        ...

    async def count(
        self, module: str, record_id: str, related_lists: Sequence[RelatedCountQuery]
    ) -> Sequence[RelatedCount]:
        """Count the related records of a record, for at most 20 related lists."""
        ...
