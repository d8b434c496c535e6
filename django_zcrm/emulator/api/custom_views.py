"""Custom views: listing them, and changing their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import find_field, get_module_param, respond_no_content
from ..engine.paths import SETTINGS_PATH
from ..engine.rendering import module_reference
from ..state import CustomView, Module, Organisation

routes = Routes(scope="ZohoCRM.settings.custom_views")


@routes.route("GET", f"{SETTINGS_PATH}/custom_views")
def list_custom_views(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return a page of a module's custom views."""
    module = get_module_param(org, request)
    per_page = request.args.integer("per_page", 200, maximum=200)
    page = request.args.integer("page", 1)
    page_rows = module.views[(page - 1) * per_page : page * per_page]
    if not page_rows:
        return None
    more = page * per_page < len(module.views)
    return _render_views(
        org, request, module, page_rows, per_page=per_page, page=page, more_records=more
    )


def _render_views(
    org: Organisation, request: Request, module: Module, views: Sequence[CustomView], **info: Any
) -> dict[str, Any]:
    return {
        "custom_views": [show_view(org, module, view, request.version) for view in views],
        "info": {
            **info,
            "default": next(view.id for view in module.views if view.default),
            "count": len(views),
            "translation": {
                "public_views": "Public Views",
                "other_users_views": "Other Users Views",
                "shared_with_me": "Shared With Me",
                "created_by_me": "Created By Me",
            },
        },
    }


@routes.route("GET", f"{SETTINGS_PATH}/custom_views/{{view}}")
def get_custom_view(org: Organisation, request: Request, view: str) -> dict[str, Any] | None:
    """Return one custom view by its id."""
    module = get_module_param(org, request)
    custom_view = next((item for item in module.views if item.id == view), None)
    if custom_view is None:
        return respond_no_content(view)
    return _render_views(
        org, request, module, [custom_view], per_page=200, page=1, more_records=False
    )


@routes.route("PUT", f"{SETTINGS_PATH}/custom_views/{{view}}")
@routes.route("PUT", f"{SETTINGS_PATH}/custom_views/{{view}}/actions/change_sort")
def update_custom_view(org: Organisation, request: Request, view: str) -> Response:
    """Change the field and direction by which a custom view sorts."""
    module = get_module_param(org, request)
    return _change_views(
        org, request, module, [{**request.json_items("custom_views", limit=1)[0], "id": view}]
    )


@routes.route("PUT", f"{SETTINGS_PATH}/custom_views")
@routes.route("PUT", f"{SETTINGS_PATH}/custom_views/actions/change_sort")
def update_custom_views(org: Organisation, request: Request) -> Response:
    """Change the order of several custom views, each named by its `id`."""
    module = get_module_param(org, request)
    return _change_views(org, request, module, request.json_items("custom_views", limit=20))


def _change_views(
    org: Organisation, request: Request, module: Module, items: Sequence[dict[str, Any]]
) -> Response:
    results = []
    for index, item in enumerate(items):
        try:
            changed = _change_view(module, item, f"$.custom_views[{index}]")
        except Refusal as refusal:
            results.append(refusal.body)
            continue
        module = replace(
            module, views=tuple(changed if view.id == changed.id else view for view in module.views)
        )
        org.metadata.replace(module)
        results.append(success("custom view updated successfully", {"id": changed.id}))
    failed = any(result["status"] == "error" for result in results)
    status = 200
    if failed:
        status = 400 if dialect(request.version).has_multi_status else 202
    return JsonResponse({"custom_views": results}, status)


def _change_view(module: Module, item: dict[str, Any], path: str) -> CustomView:
    view = next((view for view in module.views if view.id == item.get("id")), None)
    if view is None:
        raise invalid_data(
            "the id given seems to be invalid", api_name="id", json_path=f"{path}.id"
        )
    sort_by, order = item.get("sort_by"), item.get("sort_order")
    if sort_by is None and order is None:
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "sort_by", "json_path": f"{path}.sort_by"},
        )
    if isinstance(sort_by, dict):
        sort_by = sort_by.get("api_name") or sort_by.get("id")
    if sort_by is not None:
        field = find_field(module, str(sort_by), 8)
        if field is None:
            raise invalid_data(api_name="sort_by", json_path=f"{path}.sort_by")
        sort_by = field.api_name
    if order not in (None, "asc", "desc"):
        raise invalid_data(api_name="sort_order", json_path=f"{path}.sort_order")
    return replace(
        view, sort_by=sort_by or view.sort_by, sort_order=order or view.sort_order or "asc"
    )


def show_view(
    org: Organisation, module: Module, view: CustomView, version: float
) -> dict[str, Any]:
    """Return a custom view as settings/custom_views shows it."""
    traits = dialect(version)
    first_user = next(iter(org.users.values()), None)
    fields: list[Any] = list(view.fields)
    if traits.view_fields_are_objects:
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
        "criteria": _view_criteria(module, view, in_text=not traits.view_fields_are_objects),
        "fields": fields,
        "sort_by": sort_by,
        "sort_order": view.sort_order,
        "created_by": None if view.system_defined or not first_user else first_user.reference,
        "modified_by": None,
        "created_time": None,
        "modified_time": None,
        "last_accessed_time": None,
    }


def _view_criteria(module: Module, view: CustomView, *, in_text: bool) -> dict[str, Any] | None:
    if view.criteria is None:
        return None
    match = re.fullmatch(r"\((\w+):(\w+):(.*)\)", view.criteria)
    if match is None:
        return None
    name, operator, value = match.groups()
    comparator = {"equals": "equal"}.get(operator, operator)
    crm_field = module.field_map[name]
    return {
        "comparator": comparator,
        "field": name if in_text else {"api_name": name, "id": crm_field.id},
        "value": value == "true" if crm_field.data_type == "boolean" else value,
    }
