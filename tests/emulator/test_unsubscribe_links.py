"""Unsubscribe links and their templates."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_unsubscribe_links_and_their_templates(v8: Api) -> None:
    path = "settings/unsubscribe_link/actions/associations"
    assert v8.get(path).status_code == 204
    link, template = first(v8, "unsubscribe_links"), first(v8, "email_templates")
    template["content"] = f"<a href='{link['id']}'>leave</a>"
    associations = v8.get(path).json["associations"]
    assert associations[0]["associated_places"][0]["resource"]["id"] == template["id"]
    custom = {"name": "Own", "page_type": "custom", "submission_action_type": "redirect"}
    wrong = v8.post("settings/unsubscribe_links", {"unsubscribe_links": [custom]})
    error = wrong.json["unsubscribe_links"][0]
    assert error["details"]["api_name"] == "custom_location_url"
