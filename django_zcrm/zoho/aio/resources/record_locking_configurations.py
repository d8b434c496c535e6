"""Record locking: when records of a module are locked.

Written by tools/write_resources.py from zoho/resources/record_locking_configurations.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import RecordLockingConfiguration


class RecordLockingConfigurations:
    """Record locking (Zoho's manual: Record Locking Configurations)."""

    async def list(
        self, module: str, *, feature_type: str | None = None
    ) -> Sequence[RecordLockingConfiguration]:
        """Return the configurations of a module."""
        ...

    async def get(self, record_locking_config_id: str, module: str) -> RecordLockingConfiguration:
        """Return one configuration of a module. Raises NotFound."""
        ...

    async def create(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Create configurations; return the outcome of each."""
        ...

    async def update(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Change configurations, each with its `id`; return the outcome of each."""
        ...

    async def update_one(
        self, record_locking_config_id: str, configuration: Values, module: str
    ) -> Outcome:
        """Change one configuration."""
        ...

    async def delete(self, ids: Sequence[str], module: str) -> BatchResult:
        """Delete configurations; return the outcome of each."""
        ...

    async def delete_one(self, record_locking_config_id: str, module: str) -> Outcome:
        """Delete one configuration."""
        ...
