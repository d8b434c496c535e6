"""Business hours need days and times."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def test_business_hours_without_days_or_times_are_refused(v8: Api) -> None:
    body = {"week_starts_on": "Monday", "type": "custom", "same_as_everyday": True}

    def put(**more: Any) -> Item:
        answer = v8.put("settings/business_hours", {"business_hours": {**body, **more}})
        result: Item = answer.json["business_hours"]
        return result

    assert put(business_days=[])["details"]["api_name"] == "business_days"
    assert put(business_days=["Monday"], daily_timing=[])["code"] == "DEPENDENT_FIELD_MISSING"
    assert put(business_days=["Monday"], daily_timing=["25:00"])["code"] == "INVALID_DATA"
    assert put(business_days=["Monday"], daily_timing=["09:00", "12:00"])["status"] == "success"
    hours = v8.get("settings/business_hours").json["business_hours"]
    assert hours["daily_timing"] == ["09:00", "12:00"]
