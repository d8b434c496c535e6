"""Sharing of single records with users, roles and groups.

Written by tools/write_resources.py from zoho/resources/sharing.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import BatchResult
from ...types.records import Share


class Sharing:
    """Shared records (Zoho's manual: Share Records)."""

    async def list(
        self,
        module: str,
        record_id: str,
        *,
        shared_to: str | None = None,
        view: Literal["summary", "manage"] | None = None,
    ) -> Sequence[Share]:
        """Return with whom a record is shared, and how."""
        ...

    async def create(
        self,
        module: str,
        record_id: str,
        shares: Sequence[Share],
        *,
        notify_shared_members: bool | None = None,
        notify_on_completion: bool | None = None,
        notify: bool | None = None,
    ) -> BatchResult:
        """Share a record with at most 10 users, 5 groups and 5 roles."""
        ...

    async def update(
        self,
        module: str,
        record_id: str,
        shares: Sequence[Share],
        *,
        notify_shared_members: bool | None = None,
        notify_on_completion: bool | None = None,
        notify: bool | None = None,
    ) -> BatchResult:
        """Change how a record is shared."""
        ...

    async def delete(self, module: str, record_id: str) -> BatchResult:
        """Stop sharing a record with anybody."""
        ...
