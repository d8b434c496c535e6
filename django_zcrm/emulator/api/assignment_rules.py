"""Assignment rules, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import ListOf, Text
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


def default_assignee(org: Organisation, rule: Item) -> Item:
    """Return who is assigned when no condition of a rule applies."""
    person = next(iter(org.users.values()))
    return {"default_assignee": {**person.reference, "type": "user", "resource": person.reference}}


ASSIGNMENT_RULES = collection(
    routes,
    "/settings/automation/assignment_rules",
    methods="GET",
    item="{id} GET",
    scope=f"{SETTINGS}.assignment_rules",
    since=2.1,
    filters={"module": "module"},
    keys={
        "name": Text(100),
        "api_name": Text(100),
        "description": Text(),
        "module": a_module(),
        "rule_entries": ListOf(detail_only=True, default=[]),
    },
    item_extras=default_assignee,
    demo_items=lambda org: [
        {
            "name": f"{module} by round",
            "api_name": f"{module}_by_round",
            "module": {"api_name": module},
        }
        for module in ("Leads", "Cases")
    ],
)
