"""Data sharing: who sees a module's records by default.

Written by tools/write_resources.py from zoho/resources/data_sharing.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult
from ...types import Values
from ...types.organisation import ModuleSharing


class DataSharing:
    """Data sharing (Zoho's manual: Data Sharing). For exceptions, see `sharing_rules`."""

    async def list(self) -> Sequence[ModuleSharing]:
        """Return how each module's records are shared."""
        ...

    async def update(self, data_sharing: Sequence[Values]) -> BatchResult:
        """Change how modules' records are shared; return the outcome of each."""
        ...
