"""Gives a new organisation its settings."""

from __future__ import annotations

from ..core import dialect
from ..engine.settings import SettingsResource, writing
from ..engine.settings.register import demo_seeders, resources
from ..engine.settings.resource import ONLY
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation
from ..state.settings import Settings
from .templates import Templates

#: Between the ids of demo records and those that an organisation assigns later.
_FIRST_SERIAL = 90_000

#: The order of creating settings, since the targets of references must come first.
ORDER = (
    "assignment_rules",
    "cadences",
    "field_updates",
    "workflow_tasks",
    "webhooks",
    "__zia_org_enrichment",
    "__zia_people_enrichment",
    "data_enrichment",
    "audit_log_export",
    "user_groups",
    "business_hours",
    "shift_hours",
    "holidays",
    "users_unavailability",
    "fiscal_year",
    "record_locking_configurations",
    "portals",
    "user_type",
    "appointment_preferences",
    "service_preferences",
    "call_preferences",
    "scoring_rules",
    "sharing_rules",
    "email_templates",
    "inventory_templates",
    "wizards",
    "unsubscribe_links",
    "variable_groups",
    "variables",
    "workflow_rules",
    "currencies",
    "territories",
    "map_dependency",
    "global_picklists",
    "pipeline",
    "webforms",
    "email_signatures",
    "signals",
)

#: Settings by data set, day and people; as many as there are templates of demo records.
_seeded_settings = Templates[Settings](maximum=16)


def fill_settings(org: Organisation, data: str) -> None:
    """Add the settings of `org`: those of every organisation, and optionally those of the demo."""
    now = format_moment(org.clock.now().replace(hour=6, minute=0, second=0))
    key = (data, now, org.id, *org.users, *org.roles, *org.profiles)

    def seed() -> Settings:
        org.settings = Settings()
        _add_items(org, now, with_demo=data == "demo")
        return org.settings

    org.settings = _seeded_settings.copy_of(key, seed)


def _add_items(org: Organisation, now: str, *, with_demo: bool) -> None:
    serial = _FIRST_SERIAL
    first_user = next(iter(org.users))
    for resource in sorted(resources, key=lambda resource: ORDER.index(resource.name)):
        bodies = list(resource.default_items(org))
        if with_demo:
            bodies += resource.demo_items(org)
        for body in bodies:
            serial += 1
            item = {
                **_read(org, resource, body),
                "id": org.ids.seed_id(serial),
                "created_by": first_user,
                "created_time": now,
                "modified_by": first_user,
                "modified_time": now,
            }
            items = org.settings.items(resource.name, *body.get("$owners", ()))
            items[ONLY if resource.single else item["id"]] = item
    for add_demo in demo_seeders if with_demo else ():
        add_demo(org)


def _read(org: Organisation, resource: SettingsResource, body: Item) -> Item:
    path = JSONPath(dialect(8), resource.key, f"$.{resource.key}")
    values = writing.read(org, resource, body, None, path, own=True)
    if resource.by_module:
        values["module"] = org.metadata.modules[body["module"]["api_name"]].id
    return values
