"""Variables hold values of their type."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", 12, "1.5"),
        ("float", "1.5", "x"),
        ("boolean", True, "yes"),
        ("date", "2030-01-31", "31.01.2030"),
        ("text", "x", []),
    ],
)
def test_variable_value_of_another_type_is_refused(v8: Api, kind: str, good: Any, bad: Any) -> None:
    variable = {
        "name": "Mine",
        "api_name": "Mine",
        "type": kind,
        "variable_group": {"api_name": "General"},
    }
    path = "settings/variables"
    wrong = v8.post(path, {"variables": [variable | {"value": bad}]}).json["variables"][0]
    assert wrong["code"] == "INVALID_DATA"
    assert v8.post(path, {"variables": [variable | {"value": good}]}).status_code == 201
    stored = v8.get(f"{path}/Mine", group="General").json["variables"][0]
    assert stored["value"] == (str(good).lower() if isinstance(good, bool) else str(good))
    refused = v8.put(f"{path}/Mine", {"variables": [{"type": "email"}]}).json["variables"][0]
    assert refused["code"] == "NOT_ALLOWED"
    assert len(v8.get(path, group="Shop").json["variables"]) == 2
