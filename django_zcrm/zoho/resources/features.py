"""Features: what the organisation's edition has, and how much of it is used."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import item, items, page
from ..results import Page
from ..types.organisation import Feature
from . import Resource


class Features(Resource):
    """Features and their limits (Zoho's manual: Features)."""

    @operation(
        "GET",
        "/crm/{version}/__features",
        key="__features",
        returns=page,
        since="v6",
        scopes=("ZohoCRM.features.READ",),
    )
    def list(
        self,
        *,
        module: str | None = None,
        api_names: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Feature]:
        """List features; `module` is required where limits differ by module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/__features/{feature_api_name}",
        key="__features",
        returns=item,
        since="v6",
        scopes=("ZohoCRM.features.READ",),
    )
    def get(self, feature_api_name: str, *, module: str | None = None) -> Feature:
        """Return one feature. Raises NotFound."""
        ...

    @operation(
        "GET",
        "/crm/{version}/__features/data_enrichment",
        key="__features",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.features.READ",),
    )
    def data_enrichment(self) -> Sequence[Feature]:
        """Return how much data enrichment is left."""
        ...

    @operation(
        "GET",
        "/crm/{version}/__features/user_licenses",
        key="__features",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.features.READ",),
    )
    def user_licenses(self) -> Sequence[Feature]:
        """Return how many user licenses there are, and how many are used."""
        ...
