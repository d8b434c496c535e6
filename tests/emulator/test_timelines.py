"""The timeline of a record."""

from __future__ import annotations

import json

from .api import Api


def test_timeline_lists_changes(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="X", City="Bern")
    v8.org.clock.advance(60)
    v8.put(f"Leads/{lead}", {"data": [{"City": "Rom"}]})
    answer = v8.get(f"Leads/{lead}/__timeline").json
    updated, added = answer["__timeline"]
    assert (updated["action"], added["action"]) == ("updated", "added")
    change = updated["field_history"][0]
    assert (change["api_name"], change["_value"]) == ("City", {"old": "Bern", "new": "Rom"})
    assert updated["record"] == {
        "name": "X",
        "id": lead,
        "module": {"api_name": "Leads", "id": v8.org.metadata.modules["Leads"].id},
    }
    assert updated["done_by"]["name"]
    page = v8.get(f"Leads/{lead}/__timeline", per_page=1, sort_order="asc").json
    assert [entry["action"] for entry in page["__timeline"]] == ["added"]
    assert page["info"]["more_records"] is True


def test_timeline_is_filtered(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="X")
    v8.put(f"Leads/{lead}", {"data": [{"City": "Rom"}]})
    user = next(iter(v8.org.users))

    def actions(condition: object) -> list[str]:
        answer = v8.get(f"Leads/{lead}/__timeline", filters=json.dumps(condition))
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        return [entry["action"] for entry in answer.json["__timeline"]]

    action = {"field": {"api_name": "action"}, "comparator": "equal", "value": "updated"}
    person = {"field": {"api_name": "done_by"}, "comparator": "equal", "value": {"id": user}}
    future = {
        "field": {"api_name": "audited_time"},
        "comparator": "between",
        "value": ["2050-01-01T00:00:00+00:00", "2051-01-01T00:00:00+00:00"],
    }
    assert actions(action) == ["updated"]
    assert actions({"group_operator": "and", "group": [person, action]}) == ["updated"]
    assert actions({"group_operator": "or", "group": [future, person]}) == ["updated", "added"]
    assert actions(future) == []
    assert v8.get(f"Leads/{lead}/__timeline", filters="{").json["code"] == "INVALID_DATA"


def test_records_of_the_demo_have_a_timeline(v8: Api) -> None:
    lead = v8.first_id("Leads")
    entries = v8.get(f"Leads/{lead}/__timeline").json["__timeline"]
    assert [entry["action"] for entry in entries] == ["added"]


def test_v2_has_no_timeline(v2: Api) -> None:
    lead = v2.first_id("Leads")
    assert v2.get(f"Leads/{lead}/__timeline").status_code in (404, 501)
