"""Picklists whose choices depend on another's (docs v8 map-dependency)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_module
from django_zcrm.emulator.engine.settings.fields import named_field, reference
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    JSONObject,
    ListOf,
    Number,
    Text,
    shape,
)
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


def check_dependency(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that both ends are picklists of the module and that the choices belong to them."""
    module = asked_module(org, request)
    ends = {}
    for name in ("parent", "child"):
        asked = values.get(name) or (before or {}).get(name)
        field = named_field(module, asked, path.child(name))
        if not field.values:
            raise path.child(name).invalid(expected_data_type="picklist")
        ends[name] = field
        values[name] = reference(field)
    for other in org.settings.items("map_dependency", module.layout_id).values():
        same = all(other[name]["id"] == ends[name].id for name in ends)
        if same and (before is None or other["id"] != before["id"]):
            raise Problem(
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


def _choice(field: Field, asked: Item, path: JSONPath) -> Item:
    for value in field.values:
        if value.id == str(asked["id"]):
            return {
                "id": value.id,
                "actual_value": value.actual_value,
                "display_value": value.display_value,
            }
    raise path.child("id").unknown_id()


_ID = Text(19, required=True)

MAP_DEPENDENCY = collection(
    routes,
    "/settings/layouts/{layout_id}/map_dependency",
    methods="GET POST",
    item="{dependency_id} GET PUT DELETE",
    scope=f"{SETTINGS}.map_dependency",
    since=3,
    messages=messages_from("map dependency {done} successfully"),
    owners={"layout_id": "layouts"},
    by_module=True,
    paged=True,
    audit=False,
    keys={
        "parent": JSONObject(required=True),
        "child": JSONObject(required=True),
        "pick_list_values": ListOf(
            shape(id=_ID, maps=ListOf(shape(id=_ID), required=True)),
            required=True,
            detail_only=True,
        ),
        "active": Flag(default=True),
        "internal": Flag(default=False),
        "source": Number(default=1),
        "category": Number(default=1),
        "sub_module": Anything(),
    },
    check=check_dependency,
)
