"""Webhooks by module."""

from __future__ import annotations

from .api import Api


def test_webhooks_by_module_and_never_called(v8: Api) -> None:
    path = "settings/automation/webhooks/actions"
    modules = v8.get(f"{path}/associated_modules").json["associated_modules"]
    assert [module["api_name"] for module in modules] == ["Deals"]
    report = v8.get(f"{path}/usage_reports", group_by="date").json
    assert (report["data_usage"], report["info"]["more_records"]) == ([], False)
    assert v8.get(f"{path}/usage_reports", group_by="x").json["code"] == "INVALID_DATA"
    failures = "settings/automation/webhook_failures"
    assert v8.get(failures, module="Deals").json["webhook_failures"] == []
    assert v8.get(failures, webhook_id="9").json["details"] == {"param_name": "webhook_id"}
