"""Gives a new organisation its settings."""

from __future__ import annotations

from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.settings import writing
from django_zcrm.emulator.engine.settings.register import planters, resources
from django_zcrm.emulator.engine.settings.resource import ONLY, Resource
from django_zcrm.emulator.engine.values import Place, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item, Settings

#: Between the ids of demo records and those that an organisation assigns later.
_FIRST_SERIAL = 90_000

#: In which order settings are made, since what others refer to must come first.
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
)

#: Settings made before, by data set, day and people; fresh organisations get a copy.
_furnished: dict[tuple[object, ...], Settings] = {}


def fill_settings(org: Organisation, data: str) -> None:
    """Give `org` its settings: those of every organisation, plus those of the demo if asked for."""
    now = stored_moment(org.clock.now().replace(hour=6, minute=0, second=0))
    people = (*org.users, *org.roles, *org.profiles)
    key = (data, now, org.id, people)
    if key not in _furnished:
        org.settings = Settings()
        _furnish(org, now, with_demo=data == "demo")
        _furnished.clear()
        _furnished[key] = org.settings
    org.settings = _furnished[key].copy()


def _furnish(org: Organisation, now: str, *, with_demo: bool) -> None:
    serial = _FIRST_SERIAL
    founder = next(iter(org.users))
    for resource in sorted(resources, key=lambda one: ORDER.index(one.name)):
        bodies = list(resource.always(org)) + (list(resource.demo(org)) if with_demo else [])
        for body in bodies:
            serial += 1
            item = {
                **_planted(org, resource, body),
                "id": org.ids.seeded(serial),
                "created_by": founder,
                "created_time": now,
                "modified_by": founder,
                "modified_time": now,
            }
            kept = org.settings.items(resource.name, *body.get("$owners", ()))
            kept[ONLY if resource.single else item["id"]] = item
    for plant in planters if with_demo else ():
        plant(org)


def _planted(org: Organisation, resource: Resource, body: Item) -> Item:
    place = Place(dialect(8), resource.key, f"$.{resource.key}")
    values = writing.read(org, resource, body, None, place, own=True)
    if resource.by_module:
        values["module"] = org.metadata.modules[body["module"]["api_name"]].id
    return values
