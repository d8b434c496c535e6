"""Bodies that fit a declaration, made from the kinds of its keys."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.engine.settings import references
from django_zcrm.emulator.engine.settings.keys import (
    Choice,
    Day,
    Flag,
    JSONObject,
    ListOf,
    Moment,
    Number,
    Reference,
    Text,
    ValueType,
)
from django_zcrm.emulator.engine.settings.resource import SettingsResource
from django_zcrm.emulator.state.organisation import Organisation

Item = dict[str, Any]

#: What cannot be derived from the kinds.
SPECIAL: dict[str, Item] = {
    "audit_log_export": {
        "criteria": {"field": {"api_name": "module"}, "comparator": "equal", "value": "Leads"}
    },
    "currencies": {"iso_code": "JPY", "exchange_rate": "160.5"},
    "scoring_rules": {"manual_scoring_rule": {"field_rules": [{"score": 5, "criteria": {}}]}},
    "workflow_rules": {
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"sequence_number": 1}],
    },
    "webhooks": {"url": "https://hooks.example/lead"},
    "portals": {"name": "PortalOne"},
    "record_locking_configurations": {"lock_type": "manual"},
    "holidays": {"type": "business_holiday"},
    "unsubscribe_links": {
        "page_type": "standard",
        "submission_action_type": "display_message",
        "submission_message": "Bye",
    },
    "sharing_rules": {
        "type": "Record_Owner_Based",
        "shared_from": {"type": "all_users"},
        "shared_to": {"type": "all_users"},
    },
}


def body(org: Organisation, resource: SettingsResource, mark: str = "a") -> Item:
    """A body with every key that a new item must have."""
    made = {name: sample(org, kind, mark) for name, kind in resource.keys.items() if kind.required}
    made |= SPECIAL.get(resource.name, {})
    if resource.name == "webforms":
        made["name"] = f"Form {mark}"
        made["module"] = {"api_name": "Leads"}
        made["layout"] = {"id": org.metadata.modules["Leads"].layout_id}
        made["fields"] = [{"api_name": "Last_Name"}]
    if resource.name == "field_updates":
        made["field"] = {"api_name": "Company"}
        made["module"] = {"api_name": "Leads"}
    if resource.name == "workflow_tasks":
        made["field_mappings"] = [
            {"field": {"api_name": "Subject"}, "type": "static", "value": "Call"}
        ]
    if resource.name == "user_groups":
        made["sources"] = [{"type": "users", "source": {"id": next(iter(org.users))}}]
    if resource.name == "global_picklists":
        made["pick_list_values"] = [{"display_value": "One", "type": "used"}]
    if resource.name == "map_dependency":
        source, status = (
            org.metadata.modules["Leads"].field_map[name] for name in ("Lead_Source", "Lead_Status")
        )
        made |= {"parent": {"id": source.id}, "child": {"api_name": "Lead_Status"}}
        made["pick_list_values"] = [
            {"id": source.values[1].id, "maps": [{"id": status.values[1].id}]}
        ]
    if resource.name == "user_type":
        leads = org.metadata.modules["Leads"].id
        made["modules"] = [{"id": leads, "shared_type": "public", "permissions": {"view": True}}]
    return made


def sample(org: Organisation, kind: ValueType, mark: str) -> Any:
    """A value that fits a kind."""
    if isinstance(kind, Text):
        return (mark * max(3, kind.min_length))[: kind.length]
    if isinstance(kind, Number):
        return kind.lowest or 1
    if isinstance(kind, Flag):
        return True
    if isinstance(kind, Day):
        return "2031-05-04"
    if isinstance(kind, Moment):
        return "2031-05-04T10:00:00+02:00"
    if isinstance(kind, Choice):
        return kind.values[0]
    if isinstance(kind, ListOf):
        return [sample(org, kind.of, mark)]
    if isinstance(kind, JSONObject):
        return {name: sample(org, key, mark) for name, key in kind.keys.items() if key.required}
    if isinstance(kind, Reference):
        things = (
            references.TARGETS[kind.to].all(org)
            if kind.to in references.TARGETS
            else org.settings.items(kind.to).values()
        )
        return {"id": next(iter(things))["id"]}
    return "anything"
