"""Cadences: series of follow-ups."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import page
from ..results import Page
from ..types.automation import Cadence
from . import Resource


class Cadences(Resource):
    """Cadences (Zoho's manual: Cadences)."""

    @operation(
        "GET",
        "/crm/{version}/settings/automation/cadences",
        key="cadences",
        returns=page,
        since="v7",
        scopes=("ZohoCRM.settings.cadences.READ",),
    )
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
        """List cadences."""
        ...
