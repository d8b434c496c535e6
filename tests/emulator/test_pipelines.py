"""Pipelines and their stages."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def layout_id(api: Api, module: str = "Deals") -> str:
    return api.org.metadata.modules[module].layout_id


def names(item: Item) -> list[str]:
    return [mapped["actual_value"] for mapped in item["maps"]]


def stage(api: Api, name: str) -> str:
    values = api.org.metadata.modules["Deals"].field_map["Stage"].values
    return next(value.id for value in values if value.actual_value == name)


def new_pipeline(api: Api, *stages: str, name: str = "Renewals") -> str:
    maps = [
        {"id": stage(api, value), "sequence_number": number}
        for number, value in enumerate(stages, start=1)
    ]
    body = {"pipeline": [{"display_value": name, "maps": maps}]}
    answer = api.send("POST", "settings/pipeline", body, layout_id=layout_id(api))
    assert answer.status_code == 201, answer.text
    assert answer.json["pipeline"][0]["message"] == "Pipeline created"
    return str(answer.json["pipeline"][0]["details"]["id"])


def pipeline(api: Api, pipeline_id: str) -> Item:
    answer = api.get(f"settings/pipeline/{pipeline_id}", layout_id=layout_id(api))
    pipeline: Item = answer.json["pipeline"][0]
    return pipeline


def test_every_organisation_has_one_pipeline_with_all_stages() -> None:
    api = Api("v8", data="empty")
    assert api.get("settings/pipeline").json["code"] == "REQUIRED_PARAM_MISSING"
    pipelines = api.get("settings/pipeline", layout_id=layout_id(api)).json["pipeline"]
    assert [(choice["display_value"], choice["default"]) for choice in pipelines] == [
        ("Standard (Standard)", True)
    ]
    assert names(pipelines[0])[-1] == "Closed Lost to Competition"
    assert pipelines[0]["maps"][0]["forecast_type"] == "Open"
    wrong = api.get("settings/pipeline", layout_id=layout_id(api, "Leads"))
    assert wrong.json["details"] == {"param_name": "layout_id"}


def test_deals_can_be_in_a_new_pipeline_only_at_its_stages(v8: Api) -> None:
    new_pipeline(v8, "Qualification", "Closed Won")
    deal = v8.create("Deals", Deal_Name="A", Stage="Qualification", Pipeline="Renewals")
    error = v8.refused("Deals", Deal_Name="B", Stage="Needs Analysis", Pipeline="Renewals")
    assert error["code"] == "MAPPING_MISMATCH"
    assert error["details"]["mapped_field"]["api_name"] == "Pipeline"
    moved = v8.put(f"Deals/{deal}", {"data": [{"Stage": "Needs Analysis"}]})
    assert moved.json["data"][0]["code"] == "MAPPING_MISMATCH"
    assert v8.put(f"Deals/{deal}", {"data": [{"Stage": "Closed Won"}]}).status_code == 200


def test_pipeline_gets_and_loses_stages(v8: Api) -> None:
    pipeline_id = new_pipeline(v8, "Qualification", "Closed Won")
    maps = [{"id": stage(v8, "Needs Analysis"), "sequence_number": 1}]
    answer = v8.send(
        "PATCH",
        f"settings/pipeline/{pipeline_id}",
        {"pipeline": [{"display_value": "Renewed", "maps": maps}]},
        layout_id=layout_id(v8),
    )
    assert answer.json["pipeline"][0]["message"] == "Pipeline updated"
    stored = pipeline(v8, pipeline_id)
    assert stored["display_value"] == "Renewed"
    assert names(stored) == ["Needs Analysis", "Qualification", "Closed Won"]
    gone = [{"id": mapped["id"], "_delete": {"permanent": None}} for mapped in stored["maps"]]
    for maps, code in ((gone[:2], "SUCCESS"), (gone[2:], "CANNOT_DELETE")):
        answer = v8.put(
            "settings/pipeline",
            {"pipeline": [{"id": pipeline_id, "maps": maps}]},
            layout_id=layout_id(v8),
        )
        assert answer.json["pipeline"][0]["code"] == code
    assert names(pipeline(v8, pipeline_id)) == ["Closed Won"]


def test_invalid_pipeline_is_refused(v8: Api) -> None:
    new_pipeline(v8, "Qualification")
    for body, code in (
        ({"display_value": "X"}, "MANDATORY_NOT_FOUND"),
        ({"display_value": "Renewals", "maps": [{"id": "1"}]}, "DUPLICATE_DATA"),
        ({"display_value": "X", "maps": [{"id": "1"}]}, "INVALID_DATA"),
        ({"display_value": "X", "maps": []}, "INVALID_DATA"),
    ):
        answer = v8.post("settings/pipeline", {"pipeline": [body]}, layout_id=layout_id(v8))
        assert answer.json["pipeline"][0]["code"] == code, body


def test_deals_move_to_another_pipeline_stage_by_stage(v8: Api) -> None:
    source = new_pipeline(v8, "Qualification", "Needs Analysis")
    target = new_pipeline(v8, "Negotiation/Review", name="Late")
    deal = v8.create("Deals", Deal_Name="A", Stage="Needs Analysis", Pipeline="Renewals")
    body = {
        "pipeline": {"from": source, "to": target},
        "stages": [{"from": stage(v8, "Needs Analysis"), "to": stage(v8, "Negotiation/Review")}],
    }
    answer = v8.post(
        "settings/pipeline/actions/transfer",
        {"transfer_pipeline": [body]},
        layout_id=layout_id(v8),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["transfer_pipeline"][0]["details"]["job_id"]
    record = v8.record("Deals", deal)
    assert (record["Pipeline"], record["Stage"]) == ("Late", "Negotiation/Review")
    gone = v8.get(f"settings/pipeline/{source}", layout_id=layout_id(v8))
    assert gone.status_code == 204
    v8.org.strict_picklists = True
    error = v8.refused("Deals", Deal_Name="B", Stage="Qualification", Pipeline="Renewals")
    assert error["code"] == "INVALID_DATA"
