"""Groups of variables."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import SETTINGS, collection, keys

routes = Routes()

_API_NAME = r"[A-Za-z]\w{0,99}"

VARIABLE_GROUPS = collection(
    routes,
    "/settings/variable_groups",
    methods="GET PUT",
    item="{id} GET PUT",
    scope=f"{SETTINGS}.variable_groups",
    method_since={"PUT": 8},
    messages="variable group {verb} successfully",
    audit=(),
    lookup_key="api_name",
    unique=("name", "api_name"),
    details=("id", "api_name"),
    keys={
        "name": keys.Text(50),
        "api_name": keys.Text(100, _API_NAME),
        "display_label": keys.Text(50, read_only=True),
        "description": keys.Text(),
        "source": keys.Text(read_only=True, default="crm"),
    },
    default_items=lambda org: [
        {"name": name, "api_name": name, "display_label": name} for name in ("General", "Shop")
    ],
)
