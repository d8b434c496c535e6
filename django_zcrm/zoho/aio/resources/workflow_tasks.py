"""Workflow tasks: the automation actions that create a task.

Written by tools/write_resources.py from zoho/resources/workflow_tasks.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.workflow_tasks import WorkflowTaskDetail
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.automation import WorkflowTask
from ..results import AsyncPage


class WorkflowTasks:
    """Tasks of automation (Zoho's manual: Workflow Tasks)."""

    async def list(
        self,
        *,
        module: str | None = None,
        feature_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[WorkflowTask]:
        """List tasks of automation."""
        ...

    async def get(
        self, id: str, *, include_inner_details: Sequence[WorkflowTaskDetail] | None = None
    ) -> WorkflowTask:
        """Return one task of automation. Raises NotFound."""
        ...

    async def create(self, tasks: Sequence[Values]) -> BatchResult:
        """Create tasks of automation; return the outcome of each."""
        ...

    async def update_one(self, id: str, task: Values) -> Outcome:
        """Change one task of automation."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete tasks of automation; return the outcome of each. Those in use are refused."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one task of automation. Raises Invalid while a rule uses it."""
        ...
