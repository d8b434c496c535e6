"""Unsubscribe links: how people leave a mailing.

Written by tools/write_resources.py from zoho/resources/unsubscribe_links.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.messaging import UnsubscribeAssociation, UnsubscribeLink


class UnsubscribeLinks:
    """Unsubscribe links (Zoho's manual: Unsubscribe Links)."""

    async def list(self) -> Sequence[UnsubscribeLink]:
        """Return all links."""
        ...

    async def get(self, id: str) -> UnsubscribeLink:
        """Return one link. Raises NotFound."""
        ...

    async def create(self, unsubscribe_links: Sequence[Values]) -> BatchResult:
        """Create links; return the outcome of each."""
        ...

    async def update(self, unsubscribe_links: Sequence[Values]) -> BatchResult:
        """Change links, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, unsubscribe_link: Values) -> Outcome:
        """Change one link."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one link. Raises Invalid while it is in use."""
        ...

    async def associations(self) -> Sequence[UnsubscribeAssociation]:
        """Return where the links are used."""
        ...
