"""Data sharing: who sees a module's records by default."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, items
from ..results import BatchResult
from ..types import Values
from ..types.organisation import ModuleSharing
from . import Resource


class DataSharing(Resource):
    """Data sharing (Zoho's manual: Data Sharing). For exceptions, see `sharing_rules`."""

    @operation(
        "GET",
        "/crm/{version}/settings/data_sharing",
        key="data_sharing",
        returns=items,
        since="v8",
        scopes=("ZohoCRM.settings.data_sharing.READ",),
    )
    def list(self) -> Sequence[ModuleSharing]:
        """Return how each module's records are shared."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/data_sharing",
        key="data_sharing",
        body="data_sharing",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.data_sharing.UPDATE",),
    )
    def update(self, data_sharing: Sequence[Values]) -> BatchResult:
        """Change how modules' records are shared; return the outcome of each."""
        ...
