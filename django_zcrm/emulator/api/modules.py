"""Modules: listing, creating and changing them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import (
    describe_activities,
    describe_unread,
    find_module_without_records,
    unknown_module,
)
from ..engine.bodies import require_text
from ..engine.multi_lookups import list_linking_modules
from ..engine.paths import SETTINGS_PATH
from ..engine.rendering import module_reference
from ..guesses import behaves
from ..metadata import field_types
from ..metadata.catalogue import FUNCTIONS, number_module
from ..metadata.define import define_module
from ..state import CustomView, Field, Item, Module, Organisation
from .custom_views import show_view
from .related_lists import show_related_list

routes = Routes(scope="ZohoCRM.settings.modules")

_STATES = ("visible", "user_hidden", "system_hidden", "scheduled_for_deletion")


@routes.route("GET", f"{SETTINGS_PATH}/modules")
def list_modules(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return all modules; from v5 on `status` filters them."""
    states = request.args.comma_separated("status")
    for state in states:
        if state not in _STATES:
            raise invalid_data(param_name="status")
    if states and "visible" not in states and dialect(request.version).module_has_status:
        return None
    rows = [show_module(org, module, request.version) for module in org.metadata.modules.values()]
    for module in list_linking_modules(org):
        rows.append({**show_module(org, module, request.version), **_NOT_WRITTEN})
    return {"modules": [*rows, *_list_unsupported(org, request.version)]}


#: Modules that are listed but cannot be written.
_NOT_WRITTEN = dict.fromkeys(("creatable", "editable", "deletable"), False)
#: Modules of every organisation that the API names and does not read, with their labels.
_UNSUPPORTED = {
    "Home": "Home",
    "Feeds": "Feeds",
    "Reports": "Reports",
    "Dashboards": "Analytics",
    "SalesInbox": "SalesInbox",
    "Social": "Social",
    "Visits": "Visits",
    FUNCTIONS: "Functions",
}


def _list_unsupported(org: Organisation, version: float) -> list[dict[str, Any]]:
    """Return the modules that are listed and cannot be read; in v2 Activities is one that can."""
    labels = dict(_UNSUPPORTED)
    if version >= 7 and behaves("records.module-list", "with-insights"):
        labels["Leads_Insights__s"] = "Lead Insights"
    rows = []
    for name, label in labels.items():
        module = describe_unread(org, name, label)
        supported = name == FUNCTIONS
        rows.append(
            {**show_module(org, module, version), **_NOT_WRITTEN, "api_supported": supported}
        )
    if dialect(version).has_activities_module:
        rows.append(show_module(org, describe_activities(org), version))
    return rows


@routes.route("GET", f"{SETTINGS_PATH}/modules/{{name}}")
def get_module(org: Organisation, request: Request, name: str) -> dict[str, Any]:
    """Return one module by API name or id, with keys that lists do not have."""
    module = org.metadata.module(name) or find_module_without_records(org, request, name)
    if module is None:
        raise unknown_module(resource_path_index=0)
    return {"modules": [show_module(org, module, request.version, complete=True)]}


_FROM_V3 = (3.0, 8.0)


@routes.route("POST", f"{SETTINGS_PATH}/modules", versions=_FROM_V3)
def create_modules(org: Organisation, request: Request) -> Response:
    """Create a custom module, with a field for the names of its records."""
    item = request.json_items("modules", limit=1)[0]
    path = "$.modules[0]"
    for name in ("singular_label", "plural_label", "api_name"):
        require_text(item, name, path, maximum=50 if name == "api_name" else 25)
    api_name = item["api_name"]
    if not re.fullmatch(r"[A-Za-z]\w*", api_name):
        raise invalid_data(api_name="api_name", json_path=f"{path}.api_name")
    if api_name in org.metadata.modules:
        other = org.metadata.modules[api_name]
        raise Refusal(
            "DUPLICATE_DATA",
            "duplicate data",
            details={"api_name": "api_name", "json_path": f"{path}.api_name", "id": other.id},
        )
    module = number_module(_new_module(item), len(org.metadata.modules) + 1, org.ids.next)
    org.metadata.add(module)
    created = success("module created successfully", {"id": module.id})
    return JsonResponse({"modules": [created]}, 201)


@routes.route("PUT", f"{SETTINGS_PATH}/modules", versions=_FROM_V3)
def update_modules(org: Organisation, request: Request) -> Response:
    """Change the labels of modules, each named by its `id`."""
    results = [
        _update_module(org, str(item.get("id")), item, f"$.modules[{index}]")
        for index, item in enumerate(request.json_items("modules"))
    ]
    return JsonResponse({"modules": results})


@routes.route("PUT", f"{SETTINGS_PATH}/modules/{{name}}")
def update_module(org: Organisation, request: Request, name: str) -> Response:
    """Change the labels of one module."""
    item = request.json_items("modules", limit=1)[0]
    return JsonResponse({"modules": [_update_module(org, name, item, "$.modules[0]")]})


def _new_module(item: Item) -> Module:
    display = item.get("display_field") or {}
    label = display.get("field_label") or f"{item['singular_label']} Name"
    if display.get("data_type") == "autonumber":
        number = display.get("auto_number") or {}
        name = field_types.autonumber(
            "Name",
            label,
            prefix=number.get("prefix") or "",
            start_number=int(number.get("start_number") or 1),
        )
    else:
        name = field_types.text("Name", label, 120, mandatory=True, quick_create=True)
    return define_module(
        item["api_name"],
        item["singular_label"],
        "Name",
        {
            f"{item['singular_label']} Information": (
                name,
                field_types.email(),
                field_types.email("Secondary_Email"),
                field_types.boolean("Email_Opt_Out"),
            )
        },
        plural=item["plural_label"],
        generated_type="custom",
        duplicate_check_field="Name",
    )


def _update_module(org: Organisation, name: str, item: Item, path: str) -> Item:
    module = org.metadata.module(name)
    if module is None:
        raise Refusal(
            "INVALID_MODULE",
            "the module name given seems to be invalid",
            details={"json_path": f"{path}.id"},
        )
    if "singular_label" in item:
        label = require_text(item, "singular_label", path, maximum=25)
        module = replace(module, singular_label=label)
    if "plural_label" in item:
        label = require_text(item, "plural_label", path, maximum=25)
        module = replace(module, plural_label=label)
    org.metadata.replace(module)
    return success("module updated successfully", {"id": module.id})


def show_module(
    org: Organisation, module: Module, version: float, *, complete: bool = False
) -> dict[str, Any]:
    """Return a module as settings/modules shows it; `complete` for a single module."""
    ordinary = module.parent_module is None
    result: dict[str, Any] = {
        "id": module.id,
        "api_name": module.api_name,
        "module_name": module.plural_label,
        "singular_label": module.singular_label,
        "plural_label": module.plural_label,
        "generated_type": module.generated_type,
        "sequence_number": module.sequence_number,
        "api_supported": True,
        "creatable": True,
        "editable": True,
        "deletable": True,
        "viewable": True,
        "convertable": module.convertable,
        "quick_create": ordinary,
        "show_as_tab": module.show_as_tab,
        "presence_sub_menu": ordinary,
        "feeds_required": False,
        "scoring_supported": ordinary,
        "webform_supported": module.api_name in ("Leads", "Contacts", "Cases")
        or module.generated_type == "custom",
        "filter_supported": True,
        "business_card_field_limit": 5,
        "visibility": 1,
        "description": None,
        "web_link": None,
        "arguments": [],
        "parent_module": module_reference(org, module.parent_module)
        if module.parent_module
        else {},
        "modified_time": module.modified_time,
        "modified_by": None,
        "profiles": [
            {"name": profile["name"], "id": profile_id}
            for profile_id, profile in org.profiles.items()
        ],
    }
    result |= _render_for_version(org, module, version)
    if complete:
        result.update(_complete(org, module, version))
    return result


def _render_for_version(org: Organisation, module: Module, version: float) -> dict[str, Any]:
    """Return the keys of a module that only some versions show."""
    traits, ordinary = dialect(version), module.parent_module is None
    result: dict[str, Any] = {}
    if traits.module_has_legacy_keys:
        result.update(
            {
                "isBlueprintSupported": ordinary,
                "emailTemplate_support": ordinary,
                "global_search_supported": module.searchable,
                "inventory_template_supported": module.inventory,
                "triggers_supported": ordinary,
            }
        )
    if traits.module_has_status:
        result.update(
            {
                "status": "visible",
                "access_type": "org_based",
                "recycle_bin_on_delete": True,
                "actual_plural_label": module.plural_label,
                "actual_singular_label": module.singular_label,
                "has_more_profiles": False,
                "sub_menu_available": ordinary,
                "profile_count": len(org.profiles),
                "private_profile": None,
                "public_fields_configured": False,
                "activity_badge": "Not_Supported" if module.activity else "Enabled",
                "lookupable": ordinary,
                "isBlueprintSupported": ordinary,
                "track_current_data": False,
                "static_subform_properties": None,
            }
        )
    else:
        result["visible"] = module.show_as_tab
    return result


def _complete(org: Organisation, module: Module, version: float) -> dict[str, Any]:
    view = module.views[0] if module.views else None
    display = module.field_map.get(module.display_field)
    return {
        "per_page": 10,
        "kanban_view": False,
        "kanban_view_supported": not module.parent_module,
        "filter_status": True,
        "track_current_data": False,
        "search_layout_fields": list(view.fields) if view else [],
        "business_card_fields": list(view.fields[:5]) if view else [],
        "lookup_field_properties": {"fields": _number_fields(module, view)},
        "related_list_properties": {
            "sort_by": None,
            "fields": list(view.fields) if view else [],
            "sort_order": None,
        },
        "related_lists": [
            show_related_list(org, module, item, number, version)
            for number, item in enumerate(module.related_lists, start=1)
        ],
        "display_field": _display_field(display, in_text=not dialect(version).has_rich_fields),
        "custom_view": show_view(org, module, view, version) if view else None,
        "$field_states": [],
        "$properties": [
            "$currency_symbol",
            "$editable",
            "$approval",
            "$in_merge",
            "$approval_state",
            "$state",
        ],
        "$on_demand_properties": ["$approved_by"],
        "layouts": [{"name": "Standard", "id": module.layout_id}],
    }


def _display_field(display: Field | None, *, in_text: bool) -> Any:
    if display is None or in_text:
        return display and display.api_name
    return {"api_name": display.api_name, "id": display.id}


def _number_fields(module: Module, view: CustomView | None) -> list[dict[str, Any]]:
    names = view.fields[:3] if view else ()
    return [
        {"sequence_number": number, "api_name": name, "id": module.field_map[name].id}
        for number, name in enumerate(names, start=1)
    ]
