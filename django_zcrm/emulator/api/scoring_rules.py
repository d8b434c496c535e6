"""Scoring rules, and the scores they produce (docs v8 scoring-rules)."""

from __future__ import annotations

from ..core import Request, Routes, success
from ..engine.settings import SETTINGS, ItemCollection, Messages, actions, collection, keys, writing
from ..engine.settings.errors import expected_one_of
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.scoring_rules", versions=(3, 8), generic=True)

_SCORES = (
    "Positive_Score",
    "Negative_Score",
    "Touch_Point_Positive_Score",
    "Touch_Point_Negative_Score",
    "Touch_Point_Score",
    "Score",
)


def check_rules(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that a rule has scoring conditions; add ids to its parts."""
    manual = values.get("manual_scoring_rule")
    if before is None and not (manual or values.get("zia_scoring_rule")):
        raise expected_one_of(path, "manual_scoring_rule", "zia_scoring_rule")
    if manual:
        rules = [
            {**rule, "id": rule.get("id") or org.ids.next()}
            for rule in manual.get("field_rules") or ()
        ]
        values["manual_scoring_rule"] = {"has_signal_rules": False, **manual, "field_rules": rules}
    if before is None:
        values["scoring_type"] = "manual_scoring" if manual else "zia_scoring"


SCORING_RULES = collection(
    routes,
    "/settings/automation/scoring_rules",
    methods="GET POST PUT DELETE",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.scoring_rules",
    since=3,
    messages=Messages(
        "scoring rule created successfully",
        "scoring rule updated successfully",
        "scoring rule deleted successfully",
    ),
    paged=True,
    filters={"module": "module", "layout_id": "layout", "active": "active", "name": "name"},
    unique=("name",),
    keys={
        "name": keys.Text(25, required=True),
        "module": keys.module(required=True),
        "layout": keys.Reference("layouts", ("display_label", "api_name", "id")),
        "active": keys.Flag(default=True),
        "custom_fields": keys.ListOf(
            keys.shape(
                id=keys.Text(),
                field_label=keys.Text(100),
                api_name=keys.Text(100),
                reference_field=keys.shape(api_name=keys.one_of(*_SCORES), id=keys.Text()),
            ),
            default=[],
        ),
        "scoring_type": keys.one_of("manual_scoring", "zia_scoring", read_only=True),
        "manual_scoring_rule": keys.shape(
            {"detail_only": True},
            field_rules=keys.ListOf(
                keys.shape(score=keys.Number(required=True), criteria=keys.Criteria())
            ),
        ),
        "zia_scoring_rule": keys.shape({"detail_only": True}, training_data=keys.Anything()),
    },
    check=check_rules,
    demo_items=lambda org: [
        {
            "name": "Lead fit",
            "module": {"api_name": "Leads"},
            "scoring_type": "manual_scoring",
            "manual_scoring_rule": {
                "has_signal_rules": False,
                "field_rules": [
                    {
                        "id": org.ids.seed_id(99_001),
                        "score": 20,
                        "criteria": {
                            "comparator": "equal",
                            "field": {"api_name": "Lead_Source"},
                            "value": "Partner",
                        },
                    }
                ],
            },
        }
    ],
)

actions.serve_switch(
    routes,
    SCORING_RULES,
    actions.Switch(
        "active",
        "scoring rule activated successfully",
        "scoring rule deactivated successfully",
    ),
)


@routes.route("POST", f"{SCORING_RULES.item_path}/actions/clone")
def clone(org: Organisation, request: Request, id: str) -> Item:
    """Make an inactive copy of a rule."""
    collection = ItemCollection(org, request, SCORING_RULES, {})
    rule = collection.require(id)
    copy = writing.add_stamp(
        org, request, rule | {"id": org.ids.next(), "active": False, "name": _copy_name(rule)}, None
    )
    collection.items[copy["id"]] = copy
    return {"scoring_rules": [success("scoring rule cloned successfully", {"id": copy["id"]})]}


def _copy_name(rule: Item) -> str:
    return f"Copy of {rule['name']}"[:25]
