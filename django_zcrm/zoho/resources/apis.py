"""The API itself: its supported paths."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.readers import items
from ..types import Filters
from ..types.organisation import SupportedApi
from . import Resource


class Apis(Resource):
    """Supported paths of the API (Zoho's manual: Supported API)."""

    @operation(
        "GET",
        "/crm/{version}/__apis",
        key="__apis",
        returns=items,
        since="v7",
        scopes=("ZohoCRM.apis.READ",),
    )
    def list(self, *, filters: Filters | None = None) -> Sequence[SupportedApi]:
        """Return the paths that the organisation may call, with methods, scopes and credits.

        Args:
            filters: Condition, or group of conditions, on the paths to return.
        """
        ...
