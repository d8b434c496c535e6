"""Zia's organisation enrichment: what it finds out about a company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, page
from ..results import BatchResult, Page
from ..types import SortOrder, Values
from ..types.zia import Enrichment, EnrichmentStatus
from . import Resource


class ZiaOrgEnrichment(Resource):
    """Enrichment of companies (Zoho's manual: Zia Organization Enrichment)."""

    @operation(
        "GET",
        "/crm/{version}/__zia_org_enrichment",
        key="__zia_org_enrichment",
        returns=page,
        since="v7",
        scopes=("ZohoCRM.settings.intelligence.READ",),
    )
    def list(
        self,
        *,
        status: EnrichmentStatus | None = None,
        sort_by: Literal["created_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Enrichment]:
        """List requested enrichments."""
        ...

    @operation(
        "GET",
        "/crm/{version}/__zia_org_enrichment/{zia_org_enrichment_id}",
        key="__zia_org_enrichment",
        returns=item,
        since="v7",
        scopes=("ZohoCRM.settings.intelligence.READ",),
    )
    def get(self, zia_org_enrichment_id: str) -> Enrichment:
        """Return one enrichment with what was found. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/__zia_org_enrichment",
        key="__zia_org_enrichment",
        body="enrichments",
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.settings.intelligence.CREATE",),
    )
    def create(
        self, enrichments: Sequence[Values], module: str, *, record_id: str | None = None
    ) -> BatchResult:
        """Request enrichment by `enrich_based_on`: name, email, website."""
        ...
