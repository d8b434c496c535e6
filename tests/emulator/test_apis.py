"""The API lists its operations."""

from __future__ import annotations

from .api import Api


def test_apis_are_listed(v8: Api) -> None:
    listed = v8.get("__apis").json["__apis"]
    assert len(listed) > 200
    api = v8.get("__apis", filters='{"value": "/crm/v8/settings/roles"}').json["__apis"]
    assert {operation["method"] for operation in api[0]["operation_types"]} >= {"GET", "POST"}
    assert v8.get("__apis", filters='{"value": "/crm/v8/nothing"}').status_code == 204
    assert v8.get("__apis", filters="x").json["details"] == {"param_name": "filters"}
