"""Workflow configurations: what a module's workflow rules can be made of.

Written by tools/write_resources.py from zoho/resources/workflow_configurations.py.
"""

from __future__ import annotations

from ...types.automation import WorkflowConfiguration


class WorkflowConfigurations:
    """Triggers and actions of workflow rules (Zoho's manual: Workflow Configurations)."""

    async def get(self, module: str) -> WorkflowConfiguration:
        """Return the triggers and actions that a module's rules can use."""
        ...
