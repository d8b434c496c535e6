"""Workflow tasks: the automation actions that create a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types import Values
from ..types.automation import WorkflowTask
from . import Resource

WorkflowTaskDetail = Literal[
    "display_value",
    "module.module_name",
    "module.singular_label",
    "module.plural_label",
    "related_module.module_name",
    "related_module.singular_label",
    "related_module.plural_label",
]


class WorkflowTasks(Resource):
    """Tasks of automation (Zoho's manual: Workflow Tasks)."""

    @operation(
        "GET",
        "/crm/{version}/settings/automation/tasks",
        key="tasks",
        returns=page,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def list(
        self,
        *,
        module: str | None = None,
        feature_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[WorkflowTask]:
        """List tasks of automation."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/tasks/{id}",
        key="tasks",
        returns=item,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def get(
        self, id: str, *, include_inner_details: Sequence[WorkflowTaskDetail] | None = None
    ) -> WorkflowTask:
        """Return one task of automation. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/automation/tasks",
        key="tasks",
        body="tasks",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.CREATE",),
    )
    def create(self, tasks: Sequence[Values]) -> BatchResult:
        """Create tasks of automation; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/tasks/{id}",
        key="tasks",
        body="task",
        in_list=True,
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.UPDATE",),
    )
    def update_one(self, id: str, task: Values) -> Outcome:
        """Change one task of automation."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/tasks",
        key="tasks",
        each="ids",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete tasks of automation; return the outcome of each. Those in use are refused."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/tasks/{id}",
        key="tasks",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one task of automation. Raises Invalid while a rule uses it."""
        ...
