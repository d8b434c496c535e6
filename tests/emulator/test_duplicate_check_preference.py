"""The preference for duplicates."""

from __future__ import annotations

from .api import Api


def test_duplicate_check_preference_is_managed(v8: Api) -> None:
    path = "settings/duplicate_check_preference"
    key = "duplicate_check_preference"
    assert v8.get(path, module="Leads").status_code == 204
    assert v8.get(path, module="Deals").json["code"] == "NOT_SUPPORTED"
    body = {key: {"type": "converted_records"}}
    assert v8.put(path, body, module="Leads").json[key]["code"] == "NOT_ALLOWED"
    assert v8.post(path, body, module="Leads").status_code == 200
    assert v8.post(path, body, module="Leads").json[key]["code"] == "ALREADY_CONFIGURED"
    mapped = {key: {"type": "mapped_module_records"}}
    missing = v8.put(path, mapped, module="Leads").json[key]
    assert missing["code"] == "DEPENDENT_FIELD_MISSING"
    assert v8.get(path, module="Leads").json[key]["type"] == "converted_records"
    assert v8.delete(path, module="Leads").status_code == 200
    assert v8.delete(path, module="Leads").status_code == 400
