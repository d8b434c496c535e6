"""Features: what the organisation's edition has, and how much of it is used.

Written by tools/write_resources.py from zoho/resources/features.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types.organisation import Feature
from ..results import AsyncPage


class Features:
    """Features and their limits (Zoho's manual: Features)."""

    async def list(
        self,
        *,
        module: str | None = None,
        api_names: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Feature]:
        """List features; `module` is required where limits differ by module."""
        ...

    async def get(self, feature_api_name: str, *, module: str | None = None) -> Feature:
        """Return one feature. Raises NotFound."""
        ...

    async def data_enrichment(self) -> Sequence[Feature]:
        """Return how much data enrichment is left."""
        ...

    async def user_licenses(self) -> Sequence[Feature]:
        """Return how many user licenses there are, and how many are used."""
        ...
