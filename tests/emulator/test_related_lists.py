"""The related lists of a module."""

from __future__ import annotations

from .api import Api


def test_related_lists_are_listed(api: Api) -> None:
    lists = {
        item["api_name"]: item
        for item in api.get("settings/related_lists", module="Accounts").json["related_lists"]
    }
    assert {"Contacts", "Deals", "Notes", "Attachments"} <= set(lists)
    module = lists["Contacts"]["module"]
    assert (module if api.is_v2 else module["api_name"]) == "Contacts"
    assert lists["Contacts"]["href"] == "Accounts/{ENTITYID}/Contacts"
    deals = lists["Deals"]
    answer = api.get(f"settings/related_lists/{deals['id']}", module="Accounts")
    assert answer.json["related_lists"] == [deals]
