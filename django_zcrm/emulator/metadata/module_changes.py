"""Creating and changing custom modules.

Knows what a body may say about a module; its records need nothing more.
"""

from __future__ import annotations

import re
from dataclasses import replace

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata import kinds
from django_zcrm.emulator.metadata.catalogue import numbered
from django_zcrm.emulator.metadata.define import module as define_module
from django_zcrm.emulator.metadata.items import Item, required_text
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.metadata.operations import SETTINGS, routes
from django_zcrm.emulator.problems import Problem, invalid_data, success
from django_zcrm.emulator.state import Organisation

_FROM_V3 = (3.0, 8.0)


@routes.route(
    "POST",
    f"{SETTINGS}/modules",
    scope="ZohoCRM.settings.modules.CREATE",
    versions=_FROM_V3,
)
def create_modules(org: Organisation, call: Call) -> Answer:
    """Create a custom module, with a field for the names of its records."""
    item = call.items("modules", limit=1)[0]
    path = "$.modules[0]"
    for name in ("singular_label", "plural_label", "api_name"):
        required_text(item, name, path, most=50 if name == "api_name" else 25)
    api_name = item["api_name"]
    if not re.fullmatch(r"[A-Za-z]\w*", api_name):
        raise invalid_data(api_name="api_name", json_path=f"{path}.api_name")
    if api_name in org.metadata.modules:
        other = org.metadata.modules[api_name]
        raise Problem(
            "DUPLICATE_DATA",
            "duplicate data",
            details={"api_name": "api_name", "json_path": f"{path}.api_name", "id": other.id},
        )
    module = numbered(_new_module(item), len(org.metadata.modules) + 1, org.ids.next)
    org.metadata.add(module)
    created = success("module created successfully", {"id": module.id})
    return Answer(201, {"modules": [created]})


@routes.route(
    "PUT",
    f"{SETTINGS}/modules",
    scope="ZohoCRM.settings.modules.UPDATE",
    versions=_FROM_V3,
)
def update_modules(org: Organisation, call: Call) -> Answer:
    """Change the labels of modules, each named by its `id`."""
    results = [
        _update_module(org, str(item.get("id")), item, f"$.modules[{index}]")
        for index, item in enumerate(call.items("modules"))
    ]
    return Answer(200, {"modules": results})


@routes.route(
    "PUT",
    f"{SETTINGS}/modules/{{name}}",
    scope="ZohoCRM.settings.modules.UPDATE",
    versions=_FROM_V3,
)
def update_module(org: Organisation, call: Call, name: str) -> Answer:
    """Change the labels of one module."""
    item = call.items("modules", limit=1)[0]
    return Answer(200, {"modules": [_update_module(org, name, item, "$.modules[0]")]})


def _new_module(item: Item) -> Module:
    display = item.get("display_field") or {}
    label = display.get("field_label") or f"{item['singular_label']} Name"
    if display.get("data_type") == "autonumber":
        number = display.get("auto_number") or {}
        name = kinds.autonumber(
            "Name",
            label,
            prefix=number.get("prefix") or "",
            start_number=int(number.get("start_number") or 1),
        )
    else:
        name = kinds.text("Name", label, 120, mandatory=True, quick_create=True)
    return define_module(
        item["api_name"],
        item["singular_label"],
        "Name",
        {
            f"{item['singular_label']} Information": (
                name,
                kinds.email(),
                kinds.email("Secondary_Email"),
                kinds.boolean("Email_Opt_Out"),
            )
        },
        plural=item["plural_label"],
        generated_type="custom",
        duplicate_check_field="Name",
    )


def _update_module(org: Organisation, name: str, item: Item, path: str) -> Item:
    module = org.metadata.module(name)
    if module is None:
        raise Problem(
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            details={"json_path": f"{path}.id"},
        )
    if "singular_label" in item:
        label = required_text(item, "singular_label", path, most=25)
        module = replace(module, singular_label=label)
    if "plural_label" in item:
        label = required_text(item, "plural_label", path, most=25)
        module = replace(module, plural_label=label)
    org.metadata.replace(module)
    return success("module updated successfully", {"id": module.id})
