"""Entity scores: the scores that scoring rules gave records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operation import operation
from ..readers import item, page
from ..results import Page
from ..types import SortOrder
from ..types.records import EntityScore
from . import Resource

_FIELDS = (
    "id",
    "Entity",
    "Scoring_Rule",
    "Score",
    "Positive_Score",
    "Negative_Score",
    "Touch_Point_Score",
    "Touch_Point_Positive_Score",
    "Touch_Point_Negative_Score",
)


class EntityScores(Resource):
    """Scores of records (Zoho's manual: Entity Scores)."""

    @operation(
        "GET",
        "/crm/{version}/Entity_Scores__s",
        key="data",
        returns=page,
        fields=_FIELDS,
        headers={"if_modified_since": "If-Modified-Since"},
        since="v3",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[EntityScore]:
        """List scores; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Entity_Scores__s/{record_id}",
        key="data",
        returns=item,
        fields=_FIELDS,
        since="v6",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(
        self,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        cvid: str | None = None,
    ) -> EntityScore:
        """Return one score. Raises NotFound."""
        ...
