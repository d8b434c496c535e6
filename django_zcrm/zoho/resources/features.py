"""Features of the organisation's edition, with their limits and usage."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import Page
from ..types.organisation import Feature
from . import Resource


class Features(Resource, scope="ZohoCRM.features", key="__features", since="v6"):
    """Features and their limits (Zoho's manual: Features)."""

    @operation("GET", "/crm/{version}/__features")
    def list(
        self,
        *,
        module: str | None = None,
        api_names: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Feature]:
        """List features.

        Args:
            module: API name of a module. Required for features whose limits differ by module.
            api_names: Return only the features with these API names.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Features per page.
        """
        ...

    @operation("GET", "/crm/{version}/__features/{feature_api_name}")
    def get(self, feature_api_name: str, *, module: str | None = None) -> Feature:
        """Return one feature. Raises NotFound.

        Args:
            feature_api_name: API name of the feature.
            module: API name of a module. Required for features whose limits differ by module.
        """
        ...

    @operation("GET", "/crm/{version}/__features/data_enrichment")
    def data_enrichment(self) -> Sequence[Feature]:
        """Return the limit and the remaining amount of data enrichment."""
        ...

    @operation("GET", "/crm/{version}/__features/user_licenses")
    def user_licenses(self) -> Sequence[Feature]:
        """Return the number of user licenses and how many of them are in use."""
        ...
