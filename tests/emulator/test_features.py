"""Features report their limits and use."""

from __future__ import annotations

from .api import Api


def test_features_have_limits_and_usage(v8: Api) -> None:
    features = v8.get("__features", module="Leads").json["__features"]
    assert "custom_field" in [feature["api_name"] for feature in features]
    feature = v8.get("__features/unique_field", module="Leads").json["__features"][0]
    assert feature["details"]["used_count"]["total"] >= 1
    assert v8.get("__features/nothing").json["code"] == "INVALID_DATA"
    assert v8.get("__features", api_names="nothing").json["code"] == "INVALID_DATA"
    licences = v8.get("__features/user_licenses").json["__features"][0]
    active = sum(user.status == "active" for user in v8.org.users.values())
    assert licences["details"]["used_count"]["total"] == active
    before = v8.get("__features/data_enrichment").json["__features"][0]["details"]["used_count"]
    assert before["total"] == 0
    body = {"__zia_people_enrichment": [{"enrich_based_on": {"email": "a@b.example"}}]}
    v8.post("__zia_people_enrichment", body, module="Leads")
    after = v8.get("__features/data_enrichment").json["__features"][0]["details"]["used_count"]
    assert after["total"] == 1
