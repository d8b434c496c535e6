"""Renders fields for responses.

Each API version has its own shapes (docs v2 ... v8 fields-meta).
"""

from __future__ import annotations

from typing import Any

from ...core import Dialect, dialect
from ...engine.multi_lookups import get_linking_module
from ...engine.rendering import module_reference
from ...guesses import behaves
from ...state import Field, Module, Organisation, PickListValue
from ...state.field import FILE_TYPES

#: Numbers that Zoho's own pages use to render a field (seen in docs v7 fields-meta).
_UI_TYPES = {
    "text": 1,
    "picklist": 2,
    "textarea": 3,
    "lookup": 4,
    "multi_module_lookup": 4,
    "ownerlookup": 8,
    "userlookup": 8,
    "date": 24,
    "email": 25,
    "phone": 33,
    "website": 21,
    "integer": 32,
    "bigint": 33,
    "double": 38,
    "currency": 36,
    "percent": 35,
    "boolean": 301,
    "datetime": 333,
    "multiselectpicklist": 100,
    "autonumber": 786,
    "formula": 40,
    "subform": 110,
    "fileupload": 130,
    "imageupload": 131,
    "profileimage": 209,
    "event_reminder": 200,
    "multireminder": 200,
    "ALARM": 200,
    "RRULE": 201,
}


def show_field(org: Organisation, module: Module, field: Field, version: float) -> dict[str, Any]:
    """Return a field as settings/fields of this version shows it."""
    traits = dialect(version)
    editable = not field.read_only
    result: dict[str, Any] = {
        "id": field.id,
        "api_name": field.name_in(version),
        "field_label": field.label,
        "display_label": field.label,
        **_types(field, traits),
        # No field of Zoho's has a length of 0, at which its Node SDKs crash.
        **({"length": field.length or 50} if field.length or traits.fields_have_length else {}),
        "decimal_place": field.decimal_place,
        "system_mandatory": field.mandatory,
        "custom_field": field.custom,
        "created_source": "custom" if field.custom else "default",
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "visible": field.show_in_view,
        "businesscard_supported": field.data_type in ("text", "email", "phone", "website"),
        "webhook": True,
        "mass_update": field.mass_update and editable,
        "view_type": {
            "view": field.show_in_view,
            "edit": editable,
            "quick_create": field.quick_create,
            "create": editable,
        },
        "unique": {"case_sensitive": False} if field.unique else {},
        "external": {"type": field.external, "show": True} if field.external else None,
        "pick_list_values": _choices(org, module, field, version),
        **_details_of_type(org, module, field, traits),
        "crypt": None,
        "tooltip": None,
        "history_tracking": None if traits.history_is_object else False,
        "default_value": field.default if isinstance(field.default, str) else None,
    }
    if traits.has_rich_fields:
        result.update(_rich(org, module, field))
    # Zoho's SDKs of all versions take the module of a subform's rows from here or from `subform`.
    result["associated_module"] = _subform(org, field)
    return result


def _types(field: Field, traits: Dialect) -> dict[str, str]:
    """Return a field's data type and JSON type as a version spells them."""
    data_type, json_type = field.data_type, field.json_type
    if data_type == "multi_module_lookup" and not traits.has_multi_module_lookups:
        data_type = "lookup"
    elif data_type == "multireminder" and not traits.has_multi_reminders:
        data_type, json_type = "event_reminder", "string"
    elif data_type == "subform" and not field.custom and traits.line_items_are_text:
        data_type = "text"
    elif data_type == "participants" and not behaves("records.participants-type", "own"):
        data_type = "bigint"
    return {"data_type": data_type, "json_type": json_type}


def _details_of_type(
    org: Organisation, module: Module, field: Field, traits: Dialect
) -> dict[str, Any]:
    """The keys that only fields of one type have; they are empty for the others."""
    return {
        "lookup": _lookup(org, field, traits),
        "multi_module_lookup": {
            "display_label": field.label,
            "modules": [module_reference(org, name) for name in field.lookup_modules],
        }
        if field.lookup_modules and traits.has_multi_module_lookups
        else {},
        "multiselectlookup": _multi_lookup(org, module, field, traits),
        "subform": _subform(org, field),
        "currency": {"rounding_option": "normal", "precision": field.decimal_place}
        if field.data_type == "currency"
        else {},
        "formula": {"return_type": field.formula_type, "expression": field.expression}
        if field.data_type == "formula"
        else {},
        "auto_number": {"prefix": field.prefix, "suffix": "", "start_number": field.start_number}
        if field.data_type == "autonumber"
        else {},
    }


def _choices(
    org: Organisation, module: Module, field: Field, version: float
) -> list[dict[str, Any]]:
    traits = dialect(version)
    maps = _maps(org, module, field) if traits.has_rich_fields else {}
    return [
        {
            "display_value": value.display_value,
            "actual_value": value.actual_value,
            "id": value.id,
            "sequence_number": number,
            **(
                {"type": "used", "colour_code": None, "reference_value": value.actual_value}
                if traits.has_rich_fields
                else {}
            ),
            **_extra(value, traits),
            **maps.get(value.id, {}),
        }
        for number, value in enumerate(field.values, start=1)
    ]


def _lookup(org: Organisation, field: Field, traits: Dialect) -> dict[str, Any]:
    if field.data_type == "lookup" and field.lookup is not None:
        target = module_reference(org, field.lookup)
    elif field.data_type == "multi_module_lookup" and not traits.has_multi_module_lookups:
        # What_Id refers to any module; Zoho's SDKs expect this name for it.
        only = field.lookup_modules if len(field.lookup_modules) == 1 else ()
        target = (
            module_reference(org, only[0]) if only else {"api_name": "se_module", "id": field.id}
        )
    else:
        return {}
    return {
        "display_label": field.label,
        "api_name": field.related_list,
        "module": target if traits.has_rich_fields else target["api_name"],
        "id": field.id,
        "query_details": {},
    }


def _multi_lookup(
    org: Organisation, module: Module, field: Field, traits: Dialect
) -> dict[str, Any]:
    if field.data_type != "multiselectlookup" or field.lookup is None:
        return {}
    linking = get_linking_module(org, module, field)
    if traits.has_linking_details:
        return _render_linking(org, module, field, linking)
    in_text = not traits.has_rich_fields
    return {
        "display_label": field.label,
        "linking_module": linking.api_name
        if in_text
        else {"api_name": linking.api_name, "id": linking.id},
        "connected_module": field.lookup if in_text else module_reference(org, field.lookup),
        "lookup_apiname": module.api_name,
        "connectedlookup_apiname": field.api_name,
        "api_name": field.related_list,
        "id": field.id,
    }


def _extra(value: PickListValue, traits: Dialect) -> dict[str, Any]:
    """Return a choice's other keys; a forecast's category is a number up to v2.1 (SDK of v2.1)."""
    category = value.extra.get("forecast_category")
    if category is None or traits.has_rich_fields:
        return dict(value.extra)
    return {**value.extra, "forecast_category": int(category["id"])}


def _maps(org: Organisation, module: Module, field: Field) -> dict[str, Any]:
    """Return which choices of other fields go with each choice, by its id (docs v8)."""
    maps: dict[str, Any] = {}
    owner = f"map_dependency/{module.layout_id}"
    for dependency in org.settings.collections.get(owner, {}).values():
        if dependency["parent"]["id"] != field.id or not dependency["active"]:
            continue
        for choice in dependency["pick_list_values"]:
            mapped = {
                "api_name": dependency["child"]["api_name"],
                "pick_list_values": choice["maps"],
            }
            maps.setdefault(choice["id"], {"maps": []})["maps"].append(mapped)
    return maps


def _render_linking(
    org: Organisation, module: Module, field: Field, linking: Module
) -> dict[str, Any]:
    far = org.metadata.modules[field.lookup or ""]

    def render_module(other: Module) -> dict[str, Any]:
        return {
            "api_name": other.api_name,
            "id": other.id,
            "plural_label": other.plural_label,
            "visibility": 1,
        }

    def render_lookup(lookup: Field) -> dict[str, Any]:
        return {"api_name": lookup.api_name, "field_label": lookup.label, "id": lookup.id}

    own, other = linking.fields[:2]
    return {
        "linking_details": {
            "module": render_module(linking),
            "lookup_field": render_lookup(own),
            "connected_lookup_field": render_lookup(other),
        },
        "connected_details": {
            "module": render_module(far),
            "field": {
                "api_name": field.related_list,
                "field_label": module.plural_label,
                "id": None,
            },
            "layouts": [_layout_reference(far)],
        },
        "related_list": {"display_label": module.plural_label, "api_name": field.related_list},
        "record_access": False,
    }


def _subform(org: Organisation, field: Field) -> dict[str, Any] | None:
    if field.subform is None:
        return None
    return {"module": field.subform, "id": org.metadata.modules[field.subform].id}


#: The keys that have the same value for every field in later versions.
_ALIKE: dict[str, Any] = {
    "type": "used",
    "available_in_user_layout": True,
    "pick_list_values_sorted_lexically": False,
    "enable_colour_code": False,
    "colour_code_enabled_by_system": False,
    "display_type": -1,
    "show_type": 7,
    "category": 1,
    "quick_sequence_number": None,
    "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
    "rollup_summary": {},
    "refer_from_field": None,
    "created_time": None,
    "modified_time": None,
    "association_details": None,
    "hipaa_compliance": None,
    "hipaa_compliance_enabled": False,
    "private": None,
    "file_upolad_optionlist": [],
    "static_field": False,
}


def _rich(org: Organisation, module: Module, field: Field) -> dict[str, Any]:
    editable = not field.read_only
    return {
        **_ALIKE,
        "profiles": [
            {
                "id": profile_id,
                "name": profile["name"],
                "permission_type": "read_write" if editable else "read_only",
            }
            for profile_id, profile in org.profiles.items()
        ],
        "operation_type": {
            "web_update": editable,
            "api_create": editable,
            "web_create": editable,
            "api_update": editable,
        },
        "display_field": field.api_name == module.display_field,
        "layout_associations": [_layout_reference(module)],
        "searchable": field.data_type not in (*FILE_TYPES, "subform", "profileimage"),
        "sortable": field.data_type
        not in (*FILE_TYPES, "subform", "profileimage", "textarea", "multiselectpicklist"),
        "filterable": field.data_type not in (*FILE_TYPES, "subform", "profileimage"),
        "separator": field.data_type in ("integer", "double", "currency"),
        "blueprint_supported": editable,
        "virtual_field": field.data_type in ("formula", "profileimage"),
        "customizable_properties": ["tooltip", "mandatory"] if field.custom else [],
        "column_name": field.api_name.upper(),
        "ui_type": _UI_TYPES.get(field.data_type, 1),
        "convert_mapping": {
            name: field.convert_to.get(name) for name in ("Contacts", "Deals", "Accounts")
        },
        "global_picklist": _global_picklist(org, field),
        "sharing_properties": {
            "share_preference_enabled": False,
            "share_permission": None,
            "scheduler_status": None,
        }
        if field.lookup
        else None,
        "textarea": {"type": field.multiline} if field.multiline else None,
    }


def _global_picklist(org: Organisation, field: Field) -> dict[str, Any] | None:
    picklist = org.settings.items("global_picklists").get(field.global_picklist or "")
    return {"api_name": picklist["api_name"], "id": picklist["id"]} if picklist else None


def _layout_reference(module: Module) -> dict[str, Any]:
    return {"api_name": "Standard__s", "name": "Standard", "id": module.layout_id}
