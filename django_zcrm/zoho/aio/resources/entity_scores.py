"""Entity scores: the scores that scoring rules gave records.

Written by tools/write_resources.py from zoho/resources/entity_scores.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...types import SortOrder
from ...types.records import EntityScore
from ..results import AsyncPage


class EntityScores:
    """Scores of records (Zoho's manual: Entity Scores)."""

    async def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
        if_modified_since: datetime | None = None,
    ) -> AsyncPage[EntityScore]:
        """List scores; iterating goes through all pages."""
        ...

    async def get(
        self, record_id: str, *, fields: Sequence[str] | None = None, cvid: str | None = None
    ) -> EntityScore:
        """Return one score. Raises NotFound."""
        ...
