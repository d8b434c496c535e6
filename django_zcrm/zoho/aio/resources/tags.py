"""Tags: those defined for a module. To tag records, see `records`.

Written by tools/write_resources.py from zoho/resources/tags.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.tags import TagInclude
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import MassDeleteTags, Tag, TagUse


class Tags:
    """Tags of a module (Zoho's manual: Tags)."""

    async def list(
        self,
        module: str,
        *,
        my_tags: bool | None = None,
        include: Sequence[TagInclude] | None = None,
    ) -> Sequence[Tag]:
        """Return the tags of a module."""
        ...

    async def create(
        self, tags: Sequence[Values], module: str, *, color_code: str | None = None
    ) -> BatchResult:
        """Create tags, each with `name`; return the outcome of each."""
        ...

    async def update(self, tags: Sequence[Values], module: str) -> BatchResult:
        """Change tags, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, tag: Values, module: str) -> Outcome:
        """Change one tag."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one tag; its records lose it."""
        ...

    async def merge(self, id: str, conflict_id: str) -> Outcome:
        """Merge the tag `conflict_id` into this one."""
        ...

    async def records_count(self, id: str, module: str) -> TagUse:
        """Count records that have a tag, and say where else it is used."""
        ...

    async def mass_delete(self, job: Values) -> Outcome:
        """Delete many tags, `{"module": ..., "tags": [...]}`; the outcome names the `job_id`."""
        ...

    async def mass_delete_status(self, job_id: str) -> MassDeleteTags:
        """Return the status of such a job."""
        ...
