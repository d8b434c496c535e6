"""The choices of an organisation's pick lists, from its metadata and cached for a while."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.dispatch import receiver

from django_zcrm.signals import connected
from django_zcrm.zoho.client import Client

CACHE_SECONDS = 600
"""How long a change of a pick list in Zoho may go unnoticed here."""

PickLists = dict[str, list[tuple[str, str]]]


def pick_lists(crm: Client, owner: object, module: str) -> PickLists:
    """Return the choices of a module's pick lists by API name, as form fields want them.

    `owner` is the primary key of the user whose client this is: organisations differ.
    """
    return cache.get_or_set(_key(owner, module), lambda: _read(crm, module), CACHE_SECONDS) or {}


@receiver(connected)
def forget_pick_lists(*, connection: Any, **kwargs: Any) -> None:
    """Fetch them again for a user who connected again: it may be another organisation."""
    cache.delete_many([_key(connection.owner_id, module) for module in ("Leads", "Deals")])


def _read(crm: Client, module: str) -> PickLists:
    return {
        field["api_name"]: [
            (value["actual_value"], value["display_value"])
            for value in field["pick_list_values"]
            if value["actual_value"] != "-None-"
        ]
        for field in crm.fields.list(module)
        if field["data_type"] == "picklist"
    }


def _key(owner: object, module: str) -> str:
    return f"leads:pick-lists:{owner}:{module}"
