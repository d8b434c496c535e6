"""Entity scores: the scores of records by scoring rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operations.operation import operation
from ..operations.results import Page
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


class EntityScores(Resource, scope="ZohoCRM.settings.modules", key="data", since="v3"):
    """Scores of records (Zoho's manual: Entity Scores)."""

    @operation(
        "GET",
        "/crm/{version}/Entity_Scores__s",
        fields=_FIELDS,
        headers={"if_modified_since": "If-Modified-Since"},
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
        """List scores; iteration fetches all pages.

        Args:
            fields: API names of the fields to return, at most 50. By default the standard fields of
                a score.
            ids: Return only the scores with these ids.
            cvid: Id of a custom view; only its scores count.
            sort_by: API name of the field to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Scores per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
        """
        ...

    @operation("GET", "/crm/{version}/Entity_Scores__s/{record_id}", fields=_FIELDS, since="v6")
    def get(
        self,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        cvid: str | None = None,
    ) -> EntityScore:
        """Return one score. Raises NotFound.

        Args:
            record_id: Id of the score.
            fields: API names of the fields to return, at most 50. By default the standard fields of
                a score.
            cvid: Id of a custom view; only its scores count.
        """
        ...
