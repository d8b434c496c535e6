"""The API itself: its supported paths."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..types import Filters
from ..types.organisation import SupportedApi
from . import Resource


class Apis(Resource, scope="ZohoCRM.apis", key="__apis", since="v7"):
    """Supported paths of the API (Zoho's manual: Supported API)."""

    @operation("GET", "/crm/{version}/__apis")
    def list(self, *, filters: Filters | None = None) -> Sequence[SupportedApi]:
        """Return the paths that the organisation may call, with methods, scopes and credits.

        Args:
            filters: Condition, or group of conditions, on the paths to return.
        """
        ...
