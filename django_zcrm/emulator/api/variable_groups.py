"""Groups of variables."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import Text

routes = Routes()

_API_NAME = r"[A-Za-z]\w{0,99}"

VARIABLE_GROUPS = collection(
    routes,
    "/settings/variable_groups",
    methods="GET PUT",
    item="{id} GET PUT",
    scope=f"{SETTINGS}.variable_groups",
    method_since={"PUT": 8},
    messages="variable group {done} successfully",
    audit=(),
    lookup_key="api_name",
    unique=("name", "api_name"),
    details=("id", "api_name"),
    keys={
        "name": Text(50),
        "api_name": Text(100, _API_NAME),
        "display_label": Text(50, read_only=True),
        "description": Text(),
        "source": Text(read_only=True, default="crm"),
    },
    default_items=lambda org: [
        {"name": name, "api_name": name, "display_label": name} for name in ("General", "Shop")
    ],
)
