"""Fills the placeholders of paths with the ids of what an organisation holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django_zcrm.emulator.core.routing import Route
from django_zcrm.emulator.engine.settings import references
from django_zcrm.emulator.engine.settings.register import resources
from tests.emulator.api import Api
from tests.emulator.samples import body

#: Modules that show between them all kinds of fields, sections and related lists.
MODULES = ("Leads", "Deals", "Quotes", "Tasks", "Projects")


def add_settings(api: Api) -> None:
    """Make one more of every setting that can be made, and what records may have."""
    for resource in resources:
        if resource.single or "POST" not in resource.methods:
            continue
        needs_module = resource.by_module or resource.key.startswith("__zia")
        params = {"module": "Leads"} if needs_module else {}
        path = resource.collection_path.replace("{version}", api.version)
        for placeholder, owner in resource.owners.items():
            first = next(iter(references.list_all(api.org, owner)), {"id": "0"})
            path = path.replace(f"{{{placeholder}}}", first["id"])
        with suppress(LookupError):
            api.post(path, {resource.key: [body(api.org, resource)]}, **params)
    add_records(api)


def add_records(api: Api) -> None:
    """Make what the newest records may have, where the version has it."""
    user = next(iter(api.org.users.values()))
    gone = api.create("Leads", Last_Name="Gone")
    api.delete(f"Leads/{gone}")
    mail = {
        "from": {"email": user.email},
        "to": [{"email": "a@b.example"}],
        "subject": "Hello",
        "content": "Hello",
    }
    share = {"shared_with": {"id": list(api.org.users)[1], "type": "users"}}
    for path, key, item in (
        ("actions/share", "share", share),
        ("actions/send_mail", "data", mail),
        ("__email_drafts", "__email_drafts", {"from": user.email, "rich_text": False}),
        ("Locking_Information__s", "data", {"Locked_Reason__s": "audit"}),
    ):
        api.post(f"Leads/{api.first_id('Leads')}/{path}", {key: [item]})
    channel = {"channel_id": "9", "events": ["Leads.all"], "notify_url": "http://x.example/"}
    api.post("actions/watch", {"watch": [channel]})
    api.create("Projects", Name="New", Status="Planned")
    contact = api.create("Contacts", Last_Name="Wong", Email="a@b.example")
    api.post("Contacts/actions/portal_invite", {"data": [{"id": contact}]})


def concrete(api: Api, route: Route, params: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of a route with ids in place of placeholders, as far as there are any."""
    prefixes = [""]
    for segment in route.path.replace("{version}", api.version).strip("/").split("/"):
        prefixes = [
            f"{prefix}/{value}"
            for prefix in prefixes
            for value in ([segment] if segment[0] != "{" else _values(api, segment, prefix, params))
        ]
    yield from prefixes


def _values(api: Api, placeholder: str, prefix: str, params: dict[str, Any]) -> list[str]:
    """Return the values for a placeholder after the path so far."""
    if placeholder == "{module}":
        return [params["module"]]
    module = api.org.metadata.modules.get(prefix.split("/")[3])
    if module is not None and placeholder in ("{related}", "{related_list}"):
        return [item.api_name for item in module.related_lists]
    listed = api.get(prefix, **params).json
    if prefix.endswith("/org/taxes") and listed:
        listed = listed.get("org_taxes", listed)
    if not isinstance(listed, dict):
        return []
    rows = next((value for value in listed.values() if isinstance(value, list)), [])
    return [
        str(row.get("id") or row.get("message_id") or row.get("name"))
        for row in rows[:1]
        if isinstance(row, dict)
    ]
