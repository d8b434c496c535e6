"""Related lists: metadata of the lists of related records that a module has.

Written by tools/write_resources.py from zoho/resources/related_lists.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.related_lists import RelatedListStatus
from ...types.metadata import RelatedList


class RelatedLists:
    """Related list metadata (Zoho's manual: Related Lists Metadata)."""

    async def list(
        self, module: str, *, layout_id: str | None = None, status: RelatedListStatus | None = None
    ) -> Sequence[RelatedList]:
        """Return the related lists of a module."""
        ...

    async def get(self, id: str, module: str, *, layout_id: str | None = None) -> RelatedList:
        """Return one related list of a module."""
        ...
