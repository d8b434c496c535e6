"""Field updates of workflows."""

from __future__ import annotations

from .api import Api


def test_field_updates_name_a_field_of_the_module(v8: Api) -> None:
    update = {
        "name": "x",
        "module": {"api_name": "Leads"},
        "type": "static",
        "field": {"api_name": "Nothing"},
        "value": 1,
    }
    answer = v8.post("settings/automation/field_updates", {"field_updates": [update]})
    assert answer.json["field_updates"][0]["code"] == "INVALID_DATA"
