"""Cadences: series of follow-ups."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import Page
from ..types.automation import Cadence
from . import Resource


class Cadences(Resource, scope="ZohoCRM.settings.cadences", key="cadences", since="v7"):
    """Cadences (Zoho's manual: Cadences)."""

    @operation("GET", "/crm/{version}/settings/automation/cadences")
    def list(
        self,
        *,
        module: str | None = None,
        name: str | None = None,
        active: bool | None = None,
        fields: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Cadence]:
        """List cadences.

        Args:
            module: API name of a module; without it, all modules.
            name: Name of the cadences to return.
            active: Whether to return the active or the inactive cadences; without it, both.
            fields: Keys of a cadence to return; without it, all.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Cadences per page.
        """
        ...
