"""Zia's organisation enrichment: public data about a company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Page
from ..types import SortOrder, Values
from ..types.zia import Enrichment, EnrichmentStatus
from . import Resource


class ZiaOrgEnrichment(
    Resource, scope="ZohoCRM.settings.intelligence", key="__zia_org_enrichment", since="v7"
):
    """Enrichment of companies (Zoho's manual: Zia Organization Enrichment)."""

    @operation("GET", "/crm/{version}/__zia_org_enrichment")
    def list(
        self,
        *,
        status: EnrichmentStatus | None = None,
        sort_by: Literal["created_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Enrichment]:
        """List requested enrichments.

        Args:
            status: Only enrichments with this status.
            sort_by: Field to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Enrichments per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/__zia_org_enrichment/{zia_org_enrichment_id}")
    def get(self, zia_org_enrichment_id: str) -> Enrichment:
        """Return one enrichment with what was found. Raises NotFound.

        Args:
            zia_org_enrichment_id: Id of the enrichment.
        """
        ...

    @operation("POST", "/crm/{version}/__zia_org_enrichment", body="enrichments")
    def create(
        self, enrichments: Sequence[Values], module: str, *, record_id: str | None = None
    ) -> BatchResult:
        """Request enrichments; return the outcome of each.

        Args:
            enrichments: Enrichments to create, each with `enrich_based_on` (`name`, `email`,
                `website`).
            module: API name of the module that the results are for.
            record_id: Id of the record that the results are for.
        """
        ...
