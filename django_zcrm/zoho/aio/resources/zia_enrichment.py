"""Zia's data enrichment: how it is set up.

Written by tools/write_resources.py from zoho/resources/zia_enrichment.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types.zia import EnrichmentSetting


class ZiaEnrichment:
    """Settings of enrichment (Zoho's manual: Zia Data Enrichment)."""

    async def list(self) -> Sequence[EnrichmentSetting]:
        """Return which fields of which modules Zia enriches, and from what."""
        ...
