"""The available triggers and actions of workflow rules."""

from __future__ import annotations

from typing import Any

from ..core import Request, Routes
from ..engine.access import get_module_param
from ..state import Organisation

routes = Routes(scope="ZohoCRM.settings.workflow_rules", versions=(8, 8), generic=True)

ACTIONS = (
    "email_notifications tasks field_updates webhooks functions create_record schedule_call "
    "add_meeting assign_owner add_tags remove_tags convert".split()
)
TRIGGERS = (
    ("create", "Create", False),
    ("edit", "Edit", False),
    ("create_or_edit", "Create or Edit", False),
    ("delete", "Delete", False),
    ("field_update", "Field update", False),
    ("date_or_datetime", "Date/Date-time field", True),
    ("score_update", "Score", False),
)


@routes.route("GET", "/crm/{version}/workflow_configurations")
def get_workflow_configurations(org: Organisation, request: Request) -> dict[str, Any]:
    """Return which triggers and actions the rules of a module can have."""
    get_module_param(org, request)
    return {
        "workflow_configurations": {
            "triggers": [
                {
                    "api_name": api_name,
                    "name": name,
                    "deprecated": False,
                    "scheduled_actions_supported": delayed or api_name != "delete",
                    "actions": ACTIONS,
                }
                for api_name, name, delayed in TRIGGERS
            ],
            "related_triggers_details": [],
            "actions": [
                {
                    "api_name": api_name,
                    "name": api_name.replace("_", " ").title(),
                    "is_clickable": True,
                    "associate_action": True,
                    "supported_in_scheduled_action": api_name not in ("convert", "assign_owner"),
                    "limit": 5,
                    "limit_per_action": None,
                }
                for api_name in ACTIONS
            ],
        }
    }
