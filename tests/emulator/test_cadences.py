"""Records are taken into cadences."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_records_are_enrolled_in_cadences(v8: Api) -> None:
    cadence = first(v8, "cadences")
    record = v8.first_id("Leads")
    body = {"cadences_ids": [cadence["id"]], "ids": [record, "99"]}
    answer = v8.post("Leads/actions/enrol_in_cadences", body)
    assert answer.status_code == 207
    done, refused = answer.json["data"]
    assert done["details"]["cadences"] == [{"name": cadence["name"], "id": cadence["id"]}]
    assert refused["details"]["json_path"] == "$.ids[1]"
    assert list(v8.org.settings.items("enrolments", cadence["id"])) == [record]
    assert v8.post("Leads/actions/unenrol_from_cadences", body).status_code == 207
    assert not v8.org.settings.items("enrolments", cadence["id"])
    for wrong in ({}, {"cadences_ids": [cadence["id"]], "ids": []}, {**body, "cadences_ids": [9]}):
        assert v8.post("Leads/actions/enrol_in_cadences", wrong).status_code == 400
    full = v8.post("Leads/actions/enrol_in_cadences", {**body, "ids": [record] * 101})
    assert full.json["code"] == "LIMIT_EXCEEDED"
