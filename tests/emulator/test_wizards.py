"""Wizards are shown for a layout."""

from __future__ import annotations

from .api import Api


def test_wizard_is_shown_for_a_layout(v8: Api) -> None:
    wizard = v8.get("settings/wizards").json["wizards"][0]["id"]
    path = f"settings/wizards/{wizard}"
    assert v8.get(path).json["code"] == "REQUIRED_PARAM_MISSING"
    layout = v8.org.metadata.modules["Leads"].layout_id
    screens = v8.get(path, layout_id=layout).json["wizards"][0]["containers"][0]["screens"]
    assert [screen["display_label"] for screen in screens] == ["Person", "Company"]
    assert v8.get(path, layout_id="9").json["details"] == {"param_name": "layout_id"}
