"""Layouts: how a module's fields are arranged.

Written by tools/write_resources.py from zoho/resources/layouts.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.layouts import LayoutInclude, LayoutMode
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import Layout


class Layouts:
    """Layout metadata (Zoho's manual: Layouts Metadata)."""

    async def list(
        self,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Layout]:
        """Return the layouts of a module."""
        ...

    async def get(
        self,
        id: str,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Layout:
        """Return one layout of a module."""
        ...

    async def update(self, layouts: Sequence[Values], module: str) -> BatchResult:
        """Change layouts, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, layout: Values, module: str) -> Outcome:
        """Change one layout."""
        ...

    async def delete_one(
        self,
        id: str,
        module: str,
        transfer_to: str,
        *,
        pipeline: str | None = None,
        stage: str | None = None,
    ) -> Outcome:
        """Delete one layout; its records move to the layout `transfer_to`."""
        ...

    async def activate(self, id: str, layout: Values, module: str) -> Outcome:
        """Activate a layout: its `id`, and the `profiles` that get it."""
        ...

    async def deactivate(self, id: str, module: str, transfer_to: str) -> Outcome:
        """Deactivate a layout; its records move to the layout `transfer_to`."""
        ...
