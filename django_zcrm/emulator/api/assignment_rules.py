"""Assignment rules, which are read-only in the API; `lar_id` of a write applies one."""

from __future__ import annotations

from ..core import Routes
from ..engine.assignment import default_assignee
from ..engine.settings import SETTINGS, collection, keys
from ..state import Item, Organisation

routes = Routes()


def show_default_assignee(org: Organisation, rule: Item) -> Item:
    """Return the default owner of a rule, used if none of its entries applies."""
    person = default_assignee(org)
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
        "name": keys.Text(100),
        "api_name": keys.Text(100),
        "description": keys.Text(),
        "module": keys.module(),
        "rule_entries": keys.ListOf(detail_only=True, default=[]),
    },
    item_extras=show_default_assignee,
    demo_items=lambda org: [
        {
            "name": f"{module} by round",
            "api_name": f"{module}_by_round",
            "module": {"api_name": module},
            "rule_entries": [
                {
                    "id": org.ids.seed_id(99_200 + number),
                    "sequence_number": 1,
                    "criteria": None,
                    "assign_to": {
                        "type": "users",
                        "resources": [user.reference for user in org.users.values()],
                    },
                    "user_availability_based_on": None,
                    "followup_actions": None,
                }
            ],
        }
        for number, module in enumerate(("Leads", "Cases"))
    ],
)
