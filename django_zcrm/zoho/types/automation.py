"""Automation: rules, and the actions that they set off."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Named


class WorkflowRule(Audited):
    """A workflow rule: its trigger, its conditions and its actions."""

    id: str
    name: str
    description: str | None
    module: ApiNamed
    execute_when: dict[str, Any]
    conditions: list[dict[str, Any]]
    status: dict[str, Any]
    source: str
    editable: bool
    deletable: bool
    deprecated: bool
    last_executed_time: str | None


class RulesCount(TypedDict):
    """The number of workflow rules, and the maximum."""

    total_rules_limit: int
    total_rules_configured: int
    total_rules_limit_per_module: int
    active_rules_limit: int
    active_rules_configured: int
    active_rules_limit_per_module: int
    rules_per_process_limit: int
    scheduled_actions_per_rule_limit: int
    total_actions_per_rule_limit: int


class ModuleRulesCount(TypedDict):
    """The number of workflow rules of a module."""

    module: ApiNamed
    total_rules_configured: int
    active_rules_configured: int


class WorkflowConfiguration(TypedDict):
    """Which triggers and actions a module's workflow rules can use."""

    triggers: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    related_triggers_details: list[dict[str, Any]]


class AutomationAction(Audited):
    """The keys that all actions of automation have."""

    id: str
    name: str
    module: ApiNamed
    related_module: ApiNamed | None
    feature_type: str
    associated: bool
    editable: bool
    deletable: bool


class FieldUpdate(AutomationAction):
    """An action that sets a field."""

    field: ApiNamed
    type: Literal["static"]
    value: Any
    update_type: Literal["overwrite", "append"]
    notify: bool


class WorkflowTask(AutomationAction):
    """An action that makes a task."""

    field_mappings: list[dict[str, Any]]
    notify: bool


class Webhook(AutomationAction):
    """An action that calls a URL."""

    url: str
    http_method: str
    headers: dict[str, Any]
    url_parameters: Any
    body: dict[str, Any]
    authentication: dict[str, Any]
    date_time_format: dict[str, str]


class WebhookFailure(TypedDict):
    """A call of a webhook that failed."""

    id: str
    webhook: Named
    workflow_rule: Named
    entity_details: dict[str, Any]
    failure_time: str
    failure_reason: str


class WebhookUsage(TypedDict):
    """The number of webhook calls on a day."""

    date: str
    type: str
    count: int
    resource: Named


class ScoringRule(Audited):
    """A rule that gives records a score."""

    id: str
    name: str
    description: str | None
    active: bool
    module: ApiNamed
    layout: ApiNamed
    scoring_type: Literal["manual_scoring", "zia_scoring"]
    manual_scoring_rule: dict[str, Any]
    zia_scoring_rule: dict[str, Any]
    field_rules: list[dict[str, Any]]


class AssignmentRule(Audited):
    """A rule that chooses the owner of a new record; its id is the `lar_id` of a write."""

    id: str
    name: str
    api_name: str
    description: str | None
    module: ApiNamed
    default_assignee: dict[str, Any]
    rule_entries: list[dict[str, Any]]


class Cadence(Audited):
    """A cadence: a series of follow-ups."""

    id: str
    name: str
    active: bool
    published: bool
    status: Literal["active", "inactive", "draft"]
    type: Literal["custom_view", "manual_enrollment"]
    module: ApiNamed
    custom_view: Named
    summary: dict[str, int]
    execution_details: dict[str, Any]
