"""How modules, layouts, custom views and related lists look in answers.

Knows the shapes of each API version (docs v2 ... v8 modules-api, layouts-meta, custom-view-meta),
nothing about requests.
"""

from __future__ import annotations

import re
from typing import Any

from django_zcrm.emulator.metadata.field_answers import module_reference, show_field
from django_zcrm.emulator.metadata.module import CustomView, Module, RelatedList
from django_zcrm.emulator.state import Organisation, User
from django_zcrm.emulator.versions import dialect


def show_module(
    org: Organisation, module: Module, version: float, *, complete: bool = False
) -> dict[str, Any]:
    """Return a module as settings/modules shows it; `complete` as when it is asked for alone."""
    traits = dialect(version)
    ordinary = module.parent_module is None
    shown: dict[str, Any] = {
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
    if traits.module_has_legacy_keys:
        shown.update(
            {
                "isBlueprintSupported": ordinary,
                "emailTemplate_support": ordinary,
                "global_search_supported": module.searchable,
                "inventory_template_supported": module.inventory,
                "triggers_supported": ordinary,
            }
        )
    if traits.module_has_status:
        shown.update(
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
        shown["visible"] = module.show_as_tab
    if complete:
        shown.update(_complete(org, module, version))
    return shown


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
        "lookup_field_properties": {"fields": _numbered_fields(module, view)},
        "related_list_properties": {
            "sort_by": None,
            "fields": list(view.fields) if view else [],
            "sort_order": None,
        },
        "related_lists": [
            show_related_list(org, item, number)
            for number, item in enumerate(module.related_lists, start=1)
        ],
        "display_field": {"api_name": display.api_name, "id": display.id} if display else None,
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


def _numbered_fields(module: Module, view: CustomView | None) -> list[dict[str, Any]]:
    names = view.fields[:3] if view else ()
    return [
        {"sequence_number": number, "api_name": name, "id": module.field_map[name].id}
        for number, name in enumerate(names, start=1)
    ]


def show_related_list(org: Organisation, item: RelatedList, number: int) -> dict[str, Any]:
    """Return a related list as settings/related_lists shows it."""
    return {
        "id": item.id,
        "sequence_number": str(number),
        "display_label": item.label,
        "api_name": item.api_name,
        "module": module_reference(org, item.module),
        "name": item.label,
        "action": None,
        "href": f"{item.api_name}/{{ENTITYID}}",
        "type": item.kind,
        "connectedmodule": item.module if item.linked else None,
        "linkingmodule": None,
        "customize_sort": True,
        "customize_fields": True,
        "customize_display_label": True,
        "sort_by": None,
        "sort_order": None,
        "fields": None,
        "status": "visible",
        "visible": True,
    }


def show_layout(org: Organisation, module: Module, version: float) -> dict[str, Any]:
    """Return the layout of a module, with its fields."""
    founder: User | None = next(iter(org.users.values()), None)
    made = {
        "created_by": founder.reference if founder else None,
        "modified_by": None,
        "created_time": None,
        "modified_time": module.modified_time,
    }
    return {
        "id": module.layout_id,
        "name": "Standard",
        "api_name": "Standard__s",
        "display_label": "Standard",
        "status": "active",
        "visible": True,
        "source": "default",
        "mode": "normal",
        "generated_type": "default",
        "display_type": -1,
        "has_more_profiles": False,
        "show_business_card": True,
        "subform_properties": None,
        "created_for": None,
        **made,
        "convert_mapping": _layout_convert_mapping(org, module),
        "actions_allowed": {
            "edit": True,
            "rename": True,
            "clone": True,
            "downgrade": False,
            "delete": False,
            "deactivate": False,
            "set_layout_permissions": True,
        },
        "profiles": [
            {
                "default": True,
                "name": profile["name"],
                "id": profile_id,
                "_default_view": {
                    "name": "Custom View",
                    "type": "custom",
                    "id": module.views[0].id if module.views else None,
                },
            }
            for profile_id, profile in org.profiles.items()
        ],
        "sections": [
            {
                "id": section.id,
                "name": section.name,
                "display_label": section.name,
                "api_name": re.sub(r"\W+", "_", section.name),
                "sequence_number": number,
                "isSubformSection": section.is_subform,
                "column_count": section.columns,
                "tab_traversal": "Top-Down",
                "generated_type": "default",
                "type": "used",
                "properties": None,
                "fields": [
                    {
                        **show_field(org, module, module.field_map[name], version),
                        "required": module.field_map[name].mandatory,
                        "validation_rule": None,
                        "sequence_number": place,
                        "section_id": number,
                    }
                    for place, name in enumerate(section.fields, start=1)
                    if module.field_map[name].known_in(version)
                ],
            }
            for number, section in enumerate(module.sections, start=1)
        ],
    }


def _layout_convert_mapping(org: Organisation, module: Module) -> dict[str, Any] | None:
    if not module.convertable:
        return None
    deals = org.metadata.modules["Deals"]
    return {
        **{
            name: {"name": "Standard", "id": org.metadata.modules[name].layout_id}
            for name in ("Contacts", "Accounts")
        },
        "Deals": {
            "name": "Standard",
            "id": deals.layout_id,
            "fields": [
                {
                    "api_name": name,
                    "field_label": deals.field_map[name].label,
                    "id": deals.field_map[name].id,
                    "required": name != "Amount",
                }
                for name in ("Amount", "Deal_Name", "Closing_Date", "Stage", "Pipeline")
            ],
        },
    }


def show_view(
    org: Organisation, module: Module, view: CustomView, version: float
) -> dict[str, Any]:
    """Return a custom view as settings/custom_views shows it."""
    traits = dialect(version)
    founder = next(iter(org.users.values()), None)
    fields: list[Any] = list(view.fields)
    if traits.has_rich_fields:
        fields = [
            {"api_name": name, "id": module.field_map[name].id, "_pin": False}
            for name in view.fields
        ]
    sort_by: Any = view.sort_by
    if sort_by is not None and traits.has_rich_fields:
        sort_by = {"api_name": sort_by, "id": module.field_map[sort_by].id}
    return {
        "id": view.id,
        "name": view.name,
        "system_name": view.system_name,
        "display_value": view.name,
        "category": "public_views" if view.system_defined else "created_by_me",
        "default": view.default,
        "system_defined": view.system_defined,
        "favorite": view.favorite,
        "offline": True,
        "locked": False,
        "access_type": "public",
        **({} if traits.has_rich_fields else {"shared_type": "public"}),
        "shared_to": None,
        "module": module_reference(org, module.api_name)
        if traits.has_rich_fields
        else module.api_name,
        "criteria": _view_criteria(module, view),
        "fields": fields,
        "sort_by": sort_by,
        "sort_order": view.sort_order,
        "created_by": None if view.system_defined or not founder else founder.reference,
        "modified_by": None,
        "created_time": None,
        "modified_time": None,
        "last_accessed_time": None,
    }


def _view_criteria(module: Module, view: CustomView) -> dict[str, Any] | None:
    if view.criteria is None:
        return None
    found = re.fullmatch(r"\((\w+):(\w+):(.*)\)", view.criteria)
    if found is None:
        return None
    name, operator, value = found.groups()
    comparator = {"equals": "equal"}.get(operator, operator)
    known = module.field_map[name]
    return {
        "comparator": comparator,
        "field": {"api_name": name, "id": known.id},
        "value": value == "true" if known.data_type == "boolean" else value,
    }
