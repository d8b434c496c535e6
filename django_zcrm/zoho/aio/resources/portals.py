"""Portals: where customers see their own records.

Written by tools/write_resources.py from zoho/resources/portals.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import Portal, PortalMeta


class Portals:
    """Portals (Zoho's manual: Portals). See also `portal_users` and `portal_user_types`."""

    async def list(self) -> Sequence[Portal]:
        """Return all portals."""
        ...

    async def get(self, portal_name: str) -> Portal:
        """Return one portal. Raises NotFound."""
        ...

    async def create(self, portals: Sequence[Values]) -> BatchResult:
        """Create a portal: `[{"name": ...}]`."""
        ...

    async def update_one(self, portal_name: str, portal: Values) -> Outcome:
        """Change one portal."""
        ...

    async def delete_one(self, portal_name: str) -> Outcome:
        """Delete one portal."""
        ...

    async def meta(self, module: str) -> Sequence[PortalMeta]:
        """Return which related lists of a module a portal can show."""
        ...
