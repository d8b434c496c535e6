"""Pipelines: the stages that deals go through.

Written by tools/write_resources.py from zoho/resources/pipelines.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import Pipeline


class Pipelines:
    """Pipelines of a layout of Deals (Zoho's manual: Pipeline)."""

    async def list(self, layout_id: str) -> Sequence[Pipeline]:
        """Return the pipelines of a layout."""
        ...

    async def get(self, id: str, layout_id: str) -> Pipeline:
        """Return one pipeline of a layout. Raises NotFound."""
        ...

    async def create(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Create pipelines; return the outcome of each."""
        ...

    async def update(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change pipelines, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change one pipeline."""
        ...

    async def patch(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change parts of pipelines, each with its `id`; `_delete` removes one."""
        ...

    async def patch_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change parts of one pipeline; `{"_delete": {...}}` removes it."""
        ...

    async def transfer(self, transfers: Sequence[Values], layout_id: str) -> BatchResult:
        """Move deals out of pipelines, each with the `stages` to map, and delete the pipelines."""
        ...
