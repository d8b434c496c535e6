"""The related lists of a module."""

from __future__ import annotations

from .api import Api


def test_related_lists(api: Api) -> None:
    lists = {
        item["api_name"]: item
        for item in api.get("settings/related_lists", module="Accounts").json["related_lists"]
    }
    assert {"Contacts", "Deals", "Notes", "Attachments"} <= set(lists)
    assert lists["Contacts"]["module"]["api_name"] == "Contacts"
    one = lists["Deals"]
    answer = api.get(f"settings/related_lists/{one['id']}", module="Accounts")
    assert answer.json["related_lists"] == [one]
