"""Workflow configurations: triggers and actions that a module offers to workflow rules."""

from __future__ import annotations

from ..operations.operation import operation
from ..types.automation import WorkflowConfiguration
from . import Resource


class WorkflowConfigurations(
    Resource, scope="ZohoCRM.settings.workflow_rules", key="workflow_configurations", since="v8"
):
    """Triggers and actions of workflow rules (Zoho's manual: Workflow Configurations)."""

    @operation("GET", "/crm/{version}/workflow_configurations")
    def get(self, module: str) -> WorkflowConfiguration:
        """Return the triggers and actions that a module's rules can use.

        Args:
            module: API name of the module, such as `Leads`.
        """
        ...
