"""Data sharing: the default access to the records of each module."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult
from ..types import Values
from ..types.organisation import ModuleSharing
from . import Resource


class DataSharing(Resource, scope="ZohoCRM.settings.data_sharing", key="data_sharing", since="v8"):
    """Data sharing (Zoho's manual: Data Sharing). For exceptions, see `sharing_rules`."""

    @operation("GET", "/crm/{version}/settings/data_sharing")
    def list(self) -> Sequence[ModuleSharing]:
        """Return the sharing setting of each module."""
        ...

    @operation("PUT", "/crm/{version}/settings/data_sharing", body="data_sharing")
    def update(self, data_sharing: Sequence[Values]) -> BatchResult:
        """Change the sharing settings of modules; return the outcome of each.

        Args:
            data_sharing: Settings to change, each with its `module` and `share_type`; at most 100.
        """
        ...
