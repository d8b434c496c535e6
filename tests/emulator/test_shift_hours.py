"""Shifts and their holidays."""

from __future__ import annotations

from .api import Api


def test_shift_holidays_refer_to_their_shift(v8: Api) -> None:
    answer = v8.get("settings/business_hours/shift_hours").json
    assert answer["shift_count"] == {"total_shift_with_user": 2}
    early = answer["shift_hours"][0]
    shift = v8.get(f"settings/business_hours/shift_hours/{early['id']}").json["shift_hours"][0]
    assert shift["users_count"] == 2
    holiday = {"name": "Off", "date": "2031-02-03", "type": "shift_holiday"}
    missing = v8.post("settings/holidays", {"holidays": [holiday]}).json["holidays"][0]
    assert missing["details"]["api_name"] == "shift_hour"
    v8.post("settings/holidays", {"holidays": [holiday | {"shift_hour": {"id": early["id"]}}]})
    holidays = v8.get("settings/holidays", shift_id=early["id"], year="2031").json["holidays"]
    assert [(holiday["name"], holiday["year"]) for holiday in holidays] == [("Off", 2031)]
