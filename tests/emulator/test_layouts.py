"""Layouts: shown and changed."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def layout_id(api: Api, module: str = "Deals") -> str:
    return api.org.metadata.modules[module].layout_id


def sections(api: Api) -> list[tuple[str, list[str]]]:
    path = f"settings/layouts/{layout_id(api, 'Leads')}"
    layout = api.get(path, module="Leads").json["layouts"][0]
    return [
        (section["display_label"], [field["api_name"] for field in section["fields"]])
        for section in layout["sections"]
    ]


def change_layout(api: Api, *changes: Item) -> Item:
    path = f"settings/layouts/{layout_id(api, 'Leads')}"
    answer = api.send("PATCH", path, {"layouts": [{"sections": list(changes)}]}, module="Leads")
    layout: Item = answer.json["layouts"][0]
    return layout


def test_layout_sections_are_changed(v8: Api) -> None:
    before = sections(v8)
    done = change_layout(
        v8,
        {
            "display_label": "Money",
            "sequence_number": 1,
            "fields": [{"api_name": "Annual_Revenue"}],
        },
    )
    assert done["message"] == "layout updated"
    after = sections(v8)
    assert after[0] == ("Money", ["Annual_Revenue"])
    assert "Annual_Revenue" not in after[1][1]
    assert len(after) == len(before) + 1
    assert change_layout(v8, {"api_name": "Money", "_delete": {"permanent": True}})["code"] == (
        "SUCCESS"
    )
    assert len(sections(v8)) == len(before)


def test_invalid_layout_change_is_refused(v8: Api) -> None:
    first = v8.org.metadata.modules["Leads"].sections[0].id
    gone = change_layout(v8, {"id": first, "_delete": {"permanent": True}})
    assert gone["code"] == "NOT_ALLOWED"
    taken = {"id": first, "fields": [{"api_name": "Last_Name", "_delete": True}]}
    assert change_layout(v8, taken)["code"] == "NOT_ALLOWED"
    assert change_layout(v8, {"id": "9"})["code"] == "INVALID_DATA"
    wide = change_layout(v8, {"id": first, "column_count": 7})
    assert wide["details"]["json_path"] == "$.layouts[0].sections[0].column_count"


def test_standard_layout_cannot_be_deleted(v8: Api) -> None:
    path = f"settings/layouts/{layout_id(v8, 'Leads')}"
    query = {"module": "Leads", "transfer_to": "1"}
    assert v8.delete(path, **query).json["code"] == "NOT_ALLOWED"
    assert v8.post(f"{path}/actions/activate", module="Leads").json["code"] == "ALREADY_ACTIVATED"
    assert v8.delete(f"{path}/actions/activate", **query).json["code"] == "NOT_ALLOWED"
    other = v8.delete(f"settings/layouts/{layout_id(v8)}", **query)
    assert other.json["code"] == "INVALID_DATA"
    many = v8.send(
        "PATCH",
        "settings/layouts",
        {"layouts": [{"id": layout_id(v8, "Leads"), "name": "Other"}]},
        module="Leads",
    )
    assert many.json["layouts"][0]["code"] == "NOT_ALLOWED"


def test_layouts_are_listed(api: Api) -> None:
    layout = api.get("settings/layouts", module="Leads").json["layouts"][0]
    sections = {section["name"]: section for section in layout["sections"]}
    first = next(iter(sections))
    assert first == ("Lead Information" if api.is_v2 else "Lead_Information__s")
    assert sections[first]["display_label"] == "Lead Information"
    assert sections[first]["tab_traversal"] == (2 if api.is_v2 else "left_to_right")
    named = {field["api_name"] for field in sections[first]["fields"]}
    assert "Last_Name" in named
    assert layout["convert_mapping"]["Deals"]["fields"]
    same = api.get(f"settings/layouts/{layout['id']}", module="Leads").json["layouts"][0]
    assert same == layout
    quote = api.get("settings/layouts", module="Quotes").json["layouts"][0]
    assert any(section["isSubformSection"] for section in quote["sections"])
