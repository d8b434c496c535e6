"""Cadences: series of follow-ups.

Written by tools/write_resources.py from zoho/resources/cadences.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types.automation import Cadence
from ..results import AsyncPage


class Cadences:
    """Cadences (Zoho's manual: Cadences)."""

    async def list(
        self,
        *,
        module: str | None = None,
        name: str | None = None,
        active: bool | None = None,
        fields: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Cadence]:
        """List cadences."""
        ...
