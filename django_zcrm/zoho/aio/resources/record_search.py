"""Finding and counting records: a part of `records`.

Written by tools/write_resources.py from zoho/resources/record_search.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.record_search import ApprovalState, CountedUsers, SearchedUsers, YesNoBoth
from ...results import Record
from ...types import SortOrder
from ..results import AsyncPage


class RecordSearch:
    """Search, count and full text of records."""

    async def search(
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
    ) -> AsyncPage[Record]:
        """Search by one of `criteria`, `email`, `phone`, `word`; 2,000 records can be reached.

        On text, Zoho's `equals` also matches values that contain it, and the index lags behind
        writes. `type` is for users.
        """
        ...

    async def count(
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

    async def count_post(
        self,
        module: str,
        *,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
    ) -> int:
        """Count as `count` does, by POST."""
        ...

    async def fetch_full_data(
        self, module: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        """Return the whole text of rich text `fields`, which lists cut at 500 characters."""
        ...

    async def fetch_full_data_one(
        self, module: str, id: str, *, fields: Sequence[str] | None = None
    ) -> Record:
        """Return the whole text of one record's rich text fields. Raises NotFound."""
        ...
