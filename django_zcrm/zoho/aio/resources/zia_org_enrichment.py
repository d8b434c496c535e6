"""Zia's organisation enrichment: what it finds out about a company.

Written by tools/write_resources.py from zoho/resources/zia_org_enrichment.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import BatchResult
from ...types import SortOrder, Values
from ...types.zia import Enrichment, EnrichmentStatus
from ..results import AsyncPage


class ZiaOrgEnrichment:
    """Enrichment of companies (Zoho's manual: Zia Organization Enrichment)."""

    async def list(
        self,
        *,
        status: EnrichmentStatus | None = None,
        sort_by: Literal["created_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Enrichment]:
        """List requested enrichments."""
        ...

    async def get(self, zia_org_enrichment_id: str) -> Enrichment:
        """Return one enrichment with what was found. Raises NotFound."""
        ...

    async def create(
        self, enrichments: Sequence[Values], module: str, *, record_id: str | None = None
    ) -> BatchResult:
        """Request enrichment by `enrich_based_on`: name, email, website."""
        ...
