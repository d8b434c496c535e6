"""Zia's data enrichment: its settings."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..types.zia import EnrichmentSetting
from . import Resource


class ZiaEnrichment(Resource, scope="ZohoCRM.zia.enrichment", key="data_enrichment", since="v7"):
    """Settings of enrichment (Zoho's manual: Zia Data Enrichment)."""

    @operation("GET", "/crm/{version}/settings/zia/data_enrichment")
    def list(self) -> Sequence[EnrichmentSetting]:
        """Return which fields of which modules Zia enriches, and from what."""
        ...
