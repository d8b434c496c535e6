"""Zia's people enrichment: public data about a person."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Page
from ..types import SortOrder, Values
from ..types.zia import Enrichment, EnrichmentStatus
from . import Resource


class ZiaPeopleEnrichment(
    Resource, scope="ZohoCRM.settings.intelligence", key="__zia_people_enrichment", since="v7"
):
    """Enrichment of people (Zoho's manual: Zia People Enrichment)."""

    @operation("GET", "/crm/{version}/__zia_people_enrichment")
    def list(
        self,
        *,
        status: EnrichmentStatus | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
        count: int | None = None,
    ) -> Page[Enrichment]:
        """List requested enrichments.

        Args:
            status: Only enrichments with this status.
            sort_by: Field to sort by, such as `created_time`.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Enrichments per page, 1 to 200; 200 by default.
            count: Number that Zoho does not document further.
        """
        ...

    @operation("GET", "/crm/{version}/__zia_people_enrichment/{zia_people_enrichment_id}")
    def get(self, zia_people_enrichment_id: str) -> Enrichment:
        """Return one enrichment with what was found. Raises NotFound.

        Args:
            zia_people_enrichment_id: Id of the enrichment.
        """
        ...

    @operation("POST", "/crm/{version}/__zia_people_enrichment", body="enrichments")
    def create(
        self, enrichments: Sequence[Values], module: str, *, record_id: str | None = None
    ) -> BatchResult:
        """Request enrichments; return the outcome of each.

        Args:
            enrichments: Enrichments to create, each with `enrich_based_on` (`name`, `email`,
                `company`, `social`).
            module: API name of the module that the results are for.
            record_id: Id of the record that the results are for.
        """
        ...
