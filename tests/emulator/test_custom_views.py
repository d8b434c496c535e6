"""Custom views: shown and changed."""

from __future__ import annotations

from .api import Api


def test_custom_views_are_listed(api: Api) -> None:
    answer = api.get("settings/custom_views", module="Leads", per_page=2).json
    assert answer["info"]["count"] == 2
    assert answer["info"]["more_records"] is True
    assert answer["info"]["default"] == answer["custom_views"][0]["id"]
    assert "public_views" in answer["info"]["translation"]
    view = answer["custom_views"][0]
    assert (view["system_name"], view["default"]) == ("ALLVIEWS", True)
    first = view["fields"][0]
    assert (first if api.is_v2 else first["api_name"]) == "Full_Name"
    same = api.get(f"settings/custom_views/{view['id']}", module="Leads").json
    assert same["custom_views"] == [view]
    assert api.get("settings/custom_views/123", module="Leads").status_code == 204


def test_view_order_is_changed(api: Api) -> None:
    view = api.get("settings/custom_views", module="Leads").json["custom_views"][0]["id"]
    sort_by = "Company" if api.is_v2 else {"api_name": "Created_Time"}
    path = f"settings/custom_views/{view}" + ("" if api.is_v2 else "/actions/change_sort")
    answer = api.put(
        path, {"custom_views": [{"sort_by": sort_by, "sort_order": "asc"}]}, module="Leads"
    )
    assert answer.status_code == 200
    assert answer.json["custom_views"][0]["details"] == {"id": view}
    changed = api.get(f"settings/custom_views/{view}", module="Leads").json["custom_views"][0]
    assert changed["sort_order"] == "asc"
    name = "Company" if api.is_v2 else "Created_Time"
    rows = [str(row[name]) for row in api.rows("Leads", name, cvid=view)]
    assert rows == sorted(rows, key=str.casefold)
    bad = api.put(path, {"custom_views": [{"sort_by": "Nope"}]}, module="Leads")
    assert bad.json["custom_views"][0]["code"] == "INVALID_DATA"
