"""Scores follow the scoring rules."""

from __future__ import annotations

from typing import Any

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


Item = dict[str, Any]


def test_scores_follow_the_active_rules(v8: Api) -> None:
    fitting = lead(v8, Lead_Source="Partner")
    other = lead(v8, Lead_Source="Chat")
    fields = "Score,Positive_Score,Entity"
    rows = v8.get("Entity_Scores__s", fields=fields, ids=f"{fitting},{other}").json["data"]
    assert {row["id"]: row["Score"] for row in rows} == {fitting: 20, other: 0}
    assert set(rows[0]) == {"id", "Score", "Positive_Score", "Entity"}
    score = v8.get(f"Entity_Scores__s/{fitting}", fields="Score,Scoring_Rule").json["data"][0]
    assert score["Scoring_Rule"]["name"] == "Lead fit"
    rule = score["Scoring_Rule"]["id"]
    v8.delete(f"settings/automation/scoring_rules/{rule}/actions/activate")
    assert v8.get(f"Entity_Scores__s/{fitting}", fields="Score").status_code == 204


def test_scores_of_groups_of_conditions(v8: Api) -> None:
    def condition(name: str, comparator: str, value: Any) -> Item:
        return {"field": {"api_name": name}, "comparator": comparator, "value": value}

    both = {
        "group_operator": "and",
        "group": [
            condition("City", "starts_with", "Bo"),
            condition("No_of_Employees", "greater_than", 5),
        ],
    }
    rule = {
        "name": "Big in Bonn",
        "module": {"api_name": "Leads"},
        "manual_scoring_rule": {
            "field_rules": [
                {"score": 7, "criteria": both},
                {"score": -3, "criteria": condition("Company", "contains", "Acme")},
                {"score": 100, "criteria": condition("City", "greater_than", 5)},
            ]
        },
    }
    done = v8.post("settings/automation/scoring_rules", {"scoring_rules": [rule]})
    assert done.status_code == 201, done.text
    record = lead(v8, City="Bonn", No_of_Employees=9)
    rows = v8.get(f"Entity_Scores__s/{record}", fields="Score,Negative_Score").json["data"]
    assert [row["Score"] for row in rows] == [0, 4]
    assert rows[1]["Negative_Score"] == 3
