"""Every function of the Node SDK's tree in that SDK's own terms (`constructRequestDetails`).

Kept separate from the product's own table, so that the same mistake cannot hide in both.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from django_zcrm.zoho.client import Client
from tests.cases import check_each
from tests.zoho.server import Got, Server


class Meant(NamedTuple):
    """A function of the SDK: its URL template, its method, and what it adds to the query."""

    method: str
    url: str
    is_module_param: bool = False
    adds: tuple[tuple[str, str], ...] = ()


FUNCTIONS = {
    "ORG.get": Meant("GET", "org", True),
    "MODULES.get": Meant("GET", "{module}/{id}"),
    "MODULES.post": Meant("POST", "{module}/{id}"),
    "MODULES.put": Meant("PUT", "{module}/{id}"),
    "MODULES.delete": Meant("DELETE", "{module}/{id}"),
    "MODULES.get_all_deleted_records": Meant("GET", "{module}/deleted", adds=(("type", "all"),)),
    "MODULES.get_recycle_bin_records": Meant(
        "GET", "{module}/deleted", adds=(("type", "recycle"),)
    ),
    "MODULES.get_permanently_deleted_records": Meant(
        "GET", "{module}/deleted", adds=(("type", "permanent"),)
    ),
    "MODULES.search": Meant("GET", "{module}/search"),
    "SETTINGS.get_fields": Meant("GET", "settings/fields/{id}", True),
    "SETTINGS.get_layouts": Meant("GET", "settings/layouts/{id}", True),
    "SETTINGS.get_custom_views": Meant("GET", "settings/custom_views/{id}", True),
    "SETTINGS.update_custom_views": Meant("PUT", "settings/custom_views/{id}", True),
    "SETTINGS.get_modules": Meant("GET", "settings/modules/{module}"),
    "SETTINGS.get_roles": Meant("GET", "settings/roles/{id}", True),
    "SETTINGS.get_profiles": Meant("GET", "settings/profiles/{id}", True),
    "SETTINGS.get_related_lists": Meant("GET", "settings/related_lists/{id}", True),
    "ACTIONS.convert": Meant("POST", "Leads/{id}/actions/convert"),
    "USERS.get": Meant("GET", "users/{id}", True),
    "ATTACHMENTS.get_attachments": Meant("GET", "{module}/{id}/Attachments"),
    "ATTACHMENTS.upload_file": Meant("POST", "{module}/{id}/Attachments"),
    "ATTACHMENTS.delete_file": Meant("DELETE", "{module}/{id}/Attachments/{related_id}"),
    "ATTACHMENTS.download_file": Meant("GET", "{module}/{id}/Attachments/{related_id}"),
    "ATTACHMENTS.upload_link": Meant("POST", "{module}/{id}/Attachments"),
    "ATTACHMENTS.upload_photo": Meant("POST", "{module}/{id}/photo"),
    "ATTACHMENTS.download_photo": Meant("GET", "{module}/{id}/photo"),
    "ATTACHMENTS.delete_photo": Meant("DELETE", "{module}/{id}/photo"),
    "FUNCTIONS.execute_functions_in_get": Meant(
        "GET", "functions/{api_name}/actions/execute", True, (("auth_type", "oauth"),)
    ),
    "FUNCTIONS.execute_functions_in_post": Meant(
        "POST", "functions/{api_name}/actions/execute", True, (("auth_type", "oauth"),)
    ),
}
FULL = {"module": "Leads", "id": "11", "api_name": "fn", "related_id": "22"}
HARD = "a b&c=d+e/f?g#h%2F%i;j'k\"l\\m 名é~-_.(:)*,"
BODY = {"data": [{"Last_Name": "名 & co", "n": 1.5, "b": True, "x": None}]}

POLL_INTERVAL = check_each("name", FUNCTIONS)
WRITING = check_each(
    "name", [name for name, meant in FUNCTIONS.items() if meant.method in {"POST", "PUT"}]
)


def call(crm: Client, name: str, **arguments: Any) -> Any:
    group, function = name.split(".")
    return getattr(getattr(crm.API, group), function)(**arguments)


def meant_path(name: str, arguments: dict[str, Any]) -> str:
    """Return the path as the SDK meant it, with every value encoded and the slash of an id kept."""
    path = FUNCTIONS[name].url
    for key in ("module", "id", "api_name", "related_id"):
        if arguments.get(key):
            path = path.replace(f"{{{key}}}", quote(str(arguments[key]), safe="/"))
    return "/crm/v2/" + re.sub(r"/\{(id|module)\}$", "", path)


def meant_query(name: str, arguments: dict[str, Any]) -> list[tuple[str, str]]:
    query = dict(arguments.get("params") or {}) | dict(FUNCTIONS[name].adds)
    if FUNCTIONS[name].is_module_param and arguments.get("module"):
        query["module"] = arguments["module"]
    return [(key, value) for key, value in query.items()]


def needs(name: str) -> dict[str, str]:
    """Return the minimal arguments of a function."""
    url = FUNCTIONS[name].url
    optional = {"SETTINGS.get_modules": "{module}"}.get(
        name, "/{id}" if url.endswith("/{id}") else ""
    )
    return {
        key: value
        for key, value in FULL.items()
        if f"{{{key}}}" in url.replace(optional, "", 1 if optional else 0)
    }


def check(server: Server, name: str, arguments: dict[str, Any]) -> Got:
    """Check the only request since the last check, and return it."""
    (got,) = server.got
    server.got.clear()
    assert got.method == FUNCTIONS[name].method
    path, _, raw_query = got.target.partition("?")
    assert path == meant_path(name, arguments)
    assert got.query == meant_query(name, arguments)
    assert raw_query == "&".join(
        f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in got.query
    )
    assert ("?" in got.target) is bool(got.query)
    assert "undefined" not in got.target
    expected = {"host", "user-agent", "accept", "accept-encoding", "authorization"}
    expected |= {header.lower() for header in arguments.get("headers") or {}}
    if got.body:
        expected |= {"content-type"}
    assert got.header_names - {"content-length"} == expected
    assert got.header("Authorization") == "Zoho-oauthtoken token-1"
    return got
