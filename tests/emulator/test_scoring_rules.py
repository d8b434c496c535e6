"""Scoring rules: switched and copied."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_scoring_rule_is_switched_and_copied(v8: Api) -> None:
    path = f"settings/automation/scoring_rules/{first(v8, 'scoring_rules')['id']}"
    off = v8.delete(f"{path}/actions/activate").json["scoring_rules"][0]
    assert off["message"] == "scoring rule deactivated successfully"
    assert v8.get(path).json["scoring_rules"][0]["active"] is False
    assert v8.put(f"{path}/actions/activate").status_code == 200
    assert v8.get(path).json["scoring_rules"][0]["active"] is True
    copy = v8.post(f"{path}/actions/clone").json["scoring_rules"][0]["details"]["id"]
    rule = v8.get(f"settings/automation/scoring_rules/{copy}").json["scoring_rules"][0]
    assert (rule["name"], rule["active"]) == ("Copy of Lead fit", False)
    run = {"scoring_rules": [{"id": first(v8, "scoring_rules")["id"]}]}
    started = v8.put("Leads/actions/run_scoring_rules", run)
    assert started.status_code == 200
    assert started.json["scoring_rules"][0]["code"] == "SCHEDULED"
    assert started.json["scoring_rules"][0]["details"]["job_id"]
    elsewhere = v8.put("Deals/actions/run_scoring_rules", run)
    assert elsewhere.json["details"]["json_path"] == "$.scoring_rules[0].id"


def test_scoring_rule_without_conditions_is_refused(v8: Api) -> None:
    answer = v8.post(
        "settings/automation/scoring_rules",
        {"scoring_rules": [{"name": "none", "module": {"api_name": "Leads"}}]},
    )
    assert answer.json["scoring_rules"][0]["code"] == "EXPECTED_FIELD_MISSING"
