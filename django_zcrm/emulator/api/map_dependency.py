"""Picklists whose choices depend on another's (docs v8 map-dependency)."""

from __future__ import annotations

from ..core import Refusal, Request, Routes
from ..engine.access import get_module_param
from ..engine.settings import SETTINGS, collection, keys, messages_from, reference, require_field
from ..engine.values import JSONPath
from ..state import Field, Item, Organisation

routes = Routes()


def check_dependency(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that both ends are picklists of the module and that the choices belong to them."""
    module = get_module_param(org, request)
    ends = {}
    for name in ("parent", "child"):
        field_value = values.get(name) or (before or {}).get(name)
        field = require_field(module, field_value, path.child(name))
        if not field.values:
            raise path.child(name).invalid(expected_data_type="picklist")
        ends[name] = field
        values[name] = reference(field)
    for other in org.settings.items("map_dependency", module.layout_id).values():
        same = all(other[name]["id"] == ends[name].id for name in ends)
        if same and (before is None or other["id"] != before["id"]):
            raise Refusal(
                "MAPPING_ALREADY_EXISTS",
                "the fields are mapped already",
                details=path.child("child").details(id=other["id"]),
            )
    if "pick_list_values" in values:
        child = path.child("pick_list_values")
        values["pick_list_values"] = [
            {
                **_choice(ends["parent"], choice, child.child(index)),
                "maps": [
                    _choice(ends["child"], mapped, child.child(index).child("maps").child(at))
                    for at, mapped in enumerate(choice["maps"])
                ],
            }
            for index, choice in enumerate(values["pick_list_values"] or ())
        ]


def _choice(field: Field, item: Item, path: JSONPath) -> Item:
    for value in field.values:
        if value.id == str(item["id"]):
            return {
                "id": value.id,
                "actual_value": value.actual_value,
                "display_value": value.display_value,
            }
    raise path.child("id").unknown_id()


_ID = keys.Text(19, required=True)

MAP_DEPENDENCY = collection(
    routes,
    "/settings/layouts/{layout_id}/map_dependency",
    methods="GET POST",
    item="{dependency_id} GET PUT DELETE",
    scope=f"{SETTINGS}.map_dependency",
    since=3,
    messages=messages_from("map dependency {verb} successfully"),
    owners={"layout_id": "layouts"},
    by_module=True,
    paged=True,
    audit=False,
    keys={
        "parent": keys.JSONObject(required=True),
        "child": keys.JSONObject(required=True),
        "pick_list_values": keys.ListOf(
            keys.shape(id=_ID, maps=keys.ListOf(keys.shape(id=_ID), required=True)),
            required=True,
            detail_only=True,
        ),
        "active": keys.Flag(default=True),
        "internal": keys.Flag(default=False),
        "source": keys.Number(default=1),
        "category": keys.Number(default=1),
        "sub_module": keys.Anything(),
    },
    check=check_dependency,
)
