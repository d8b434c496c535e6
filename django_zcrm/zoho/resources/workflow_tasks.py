"""Workflow tasks: the automation actions that create a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
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


class WorkflowTasks(Resource, scope="ZohoCRM.settings.automation_actions", key="tasks", since="v8"):
    """Tasks of automation (Zoho's manual: Workflow Tasks)."""

    @operation("GET", "/crm/{version}/settings/automation/tasks")
    def list(
        self,
        *,
        module: str | None = None,
        feature_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[WorkflowTask]:
        """List tasks of automation.

        Args:
            module: API name of a module; without it, all modules.
            feature_type: Only tasks of this feature, such as `workflow`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Tasks per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/tasks/{id}")
    def get(
        self, id: str, *, include_inner_details: Sequence[WorkflowTaskDetail] | None = None
    ) -> WorkflowTask:
        """Return one task of automation. Raises NotFound.

        Args:
            id: Id of the task.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/tasks", body="tasks")
    def create(self, tasks: Sequence[Values]) -> BatchResult:
        """Create tasks of automation; return the outcome of each.

        Args:
            tasks: Tasks to create, each with `name` (at most 255 characters), `module` and
                `field_mappings` (at most 20). Zoho documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/automation/tasks/{id}", body="task", in_list=True)
    def update_one(self, id: str, task: Values) -> Outcome:
        """Change one task of automation.

        Args:
            id: Id of the task.
            task: Values to change, as for `create`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/tasks", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete tasks of automation; return the outcome of each. Zoho refuses tasks in use.

        Args:
            ids: Ids of the tasks.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/tasks/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one task of automation. Raises Invalid while a rule uses it.

        Args:
            id: Id of the task.
        """
        ...
