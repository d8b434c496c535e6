"""GET of modules, fields, layouts, custom views and related lists; changing a view's order.

Knows the parameters of these operations; the shapes of their answers are in *_answers.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.field import Field
from django_zcrm.emulator.metadata.field_answers import show_field
from django_zcrm.emulator.metadata.module import CustomView, Module
from django_zcrm.emulator.metadata.module_answers import (
    show_layout,
    show_module,
    show_related_list,
    show_view,
)
from django_zcrm.emulator.problems import Problem, invalid_data, missing_param, success
from django_zcrm.emulator.router import Routes
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

routes = Routes()

SETTINGS = "/crm/{version}/settings"
_STATES = ("visible", "user_hidden", "system_hidden", "scheduled_for_deletion")


@routes.route("GET", f"{SETTINGS}/modules", scope="ZohoCRM.settings.modules.READ")
def list_modules(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer all modules; from v5 on `status` filters them."""
    states = call.params.listed("status")
    for state in states:
        if state not in _STATES:
            raise invalid_data(param_name="status")
    if states and "visible" not in states and dialect(call.version).module_has_status:
        return None
    return {
        "modules": [
            show_module(org, module, call.version) for module in org.metadata.modules.values()
        ]
    }


@routes.route("GET", f"{SETTINGS}/modules/{{name}}", scope="ZohoCRM.settings.modules.READ")
def get_module(org: Organisation, call: Call, name: str) -> dict[str, Any]:
    """Answer one module by API name or id, with keys that lists do not have."""
    module = org.metadata.module(name)
    if module is None:
        raise _unknown_module(resource_path_index=0)
    return {"modules": [show_module(org, module, call.version, complete=True)]}


@routes.route("GET", f"{SETTINGS}/fields", scope="ZohoCRM.settings.fields.READ")
def list_fields(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer the fields of a module; there are no unused ones."""
    module = asked_module(org, call)
    kind = call.params.get("type", "used")
    if kind not in ("used", "unused", "all"):
        raise invalid_data(param_name="type")
    if kind == "unused":
        return None
    return {
        "fields": [
            show_field(org, module, field, call.version) for field in module.fields_in(call.version)
        ]
    }


@routes.route("GET", f"{SETTINGS}/fields/{{field}}", scope="ZohoCRM.settings.fields.READ")
def get_field(org: Organisation, call: Call, field: str) -> dict[str, Any] | None:
    """Answer one field of a module by its id (or API name)."""
    module = asked_module(org, call)
    found = field_by(module, field, call.version)
    if found is None:
        return none_of(field)
    return {"fields": [show_field(org, module, found, call.version)]}


@routes.route("GET", f"{SETTINGS}/layouts", scope="ZohoCRM.settings.layouts.READ")
def list_layouts(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer the layouts of a module: one, the standard layout."""
    module = asked_module(org, call)
    if not module.sections:
        return None
    return {"layouts": [show_layout(org, module, call.version)]}


@routes.route("GET", f"{SETTINGS}/layouts/{{layout}}", scope="ZohoCRM.settings.layouts.READ")
def get_layout(org: Organisation, call: Call, layout: str) -> dict[str, Any] | None:
    """Answer one layout by its id."""
    module = asked_module(org, call)
    if layout != module.layout_id:
        return none_of(layout)
    return {"layouts": [show_layout(org, module, call.version)]}


@routes.route("GET", f"{SETTINGS}/related_lists", scope="ZohoCRM.settings.related_lists.READ")
def list_related_lists(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer the related lists of a module."""
    module = asked_module(org, call)
    if not module.related_lists:
        return None
    return {
        "related_lists": [
            show_related_list(org, item, number)
            for number, item in enumerate(module.related_lists, start=1)
        ]
    }


@routes.route(
    "GET", f"{SETTINGS}/related_lists/{{related_list}}", scope="ZohoCRM.settings.related_lists.READ"
)
def get_related_list(org: Organisation, call: Call, related_list: str) -> dict[str, Any] | None:
    """Answer one related list by its id."""
    module = asked_module(org, call)
    for number, item in enumerate(module.related_lists, start=1):
        if item.id == related_list:
            return {"related_lists": [show_related_list(org, item, number)]}
    return none_of(related_list)


@routes.route("GET", f"{SETTINGS}/custom_views", scope="ZohoCRM.settings.custom_views.READ")
def list_custom_views(org: Organisation, call: Call) -> dict[str, Any] | None:
    """Answer a page of a module's custom views."""
    module = asked_module(org, call)
    per_page = call.params.integer("per_page", 200, highest=200)
    page = call.params.integer("page", 1)
    shown = module.views[(page - 1) * per_page : page * per_page]
    if not shown:
        return None
    more = page * per_page < len(module.views)
    return _shown_views(org, call, module, shown, per_page=per_page, page=page, more_records=more)


def _shown_views(
    org: Organisation, call: Call, module: Module, views: Sequence[CustomView], **info: Any
) -> dict[str, Any]:
    return {
        "custom_views": [show_view(org, module, view, call.version) for view in views],
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


@routes.route(
    "GET", f"{SETTINGS}/custom_views/{{view}}", scope="ZohoCRM.settings.custom_views.READ"
)
def get_custom_view(org: Organisation, call: Call, view: str) -> dict[str, Any] | None:
    """Answer one custom view by its id."""
    module = asked_module(org, call)
    found = next((item for item in module.views if item.id == view), None)
    if found is None:
        return none_of(view)
    return _shown_views(org, call, module, [found], per_page=200, page=1, more_records=False)


_UPDATE_VIEWS = "ZohoCRM.settings.custom_views.UPDATE"


@routes.route("PUT", f"{SETTINGS}/custom_views/{{view}}", scope=_UPDATE_VIEWS)
@routes.route("PUT", f"{SETTINGS}/custom_views/{{view}}/actions/change_sort", scope=_UPDATE_VIEWS)
def update_custom_view(org: Organisation, call: Call, view: str) -> Answer:
    """Change the field and direction by which a custom view sorts."""
    module = asked_module(org, call)
    return _change_views(
        org, call, module, [{**call.items("custom_views", limit=1)[0], "id": view}]
    )


@routes.route("PUT", f"{SETTINGS}/custom_views", scope=_UPDATE_VIEWS)
@routes.route("PUT", f"{SETTINGS}/custom_views/actions/change_sort", scope=_UPDATE_VIEWS)
def update_custom_views(org: Organisation, call: Call) -> Answer:
    """Change the order of several custom views, each named by its `id`."""
    module = asked_module(org, call)
    return _change_views(org, call, module, call.items("custom_views", limit=20))


def _change_views(
    org: Organisation, call: Call, module: Module, items: Sequence[dict[str, Any]]
) -> Answer:
    results = []
    for index, item in enumerate(items):
        try:
            changed = _changed_view(module, item, f"$.custom_views[{index}]")
        except Problem as problem:
            results.append(problem.body)
            continue
        module = replace(
            module, views=tuple(changed if view.id == changed.id else view for view in module.views)
        )
        org.metadata.replace(module)
        results.append(success("custom view updated successfully", {"id": changed.id}))
    failed = any(result["status"] == "error" for result in results)
    status = 200
    if failed:
        status = 400 if dialect(call.version).has_multi_status else 202
    return Answer(status, {"custom_views": results})


def _changed_view(module: Module, item: dict[str, Any], path: str) -> CustomView:
    view = next((view for view in module.views if view.id == item.get("id")), None)
    if view is None:
        raise invalid_data(
            "the id given seems to be invalid", api_name="id", json_path=f"{path}.id"
        )
    sort_by, order = item.get("sort_by"), item.get("sort_order")
    if sort_by is None and order is None:
        raise Problem(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "sort_by", "json_path": f"{path}.sort_by"},
        )
    if isinstance(sort_by, dict):
        sort_by = sort_by.get("api_name") or sort_by.get("id")
    if sort_by is not None:
        field = field_by(module, str(sort_by), 8)
        if field is None:
            raise invalid_data(api_name="sort_by", json_path=f"{path}.sort_by")
        sort_by = field.api_name
    if order not in (None, "asc", "desc"):
        raise invalid_data(api_name="sort_order", json_path=f"{path}.sort_order")
    return replace(
        view, sort_by=sort_by or view.sort_by, sort_order=order or view.sort_order or "asc"
    )


def asked_module(org: Organisation, call: Call) -> Module:
    """Return the module of the parameter `module`. Raises Problem when missing or unknown."""
    name = call.params.get("module")
    if not name:
        raise missing_param("module")
    module = org.metadata.module(name)
    if module is None:
        raise _unknown_module(param_name="module")
    return module


def field_by(module: Module, name_or_id: str, version: float) -> Field | None:
    """Find a field of a module by its id or by its API name in this version."""
    return next(
        (
            field
            for field in module.fields_in(version)
            if name_or_id in (field.id, field.name_in(version))
        ),
        None,
    )


def _unknown_module(**details: Any) -> Problem:
    return Problem("INVALID_MODULE", "the module name given seems to be invalid", details=details)


def none_of(thing_id: str) -> dict[str, Any] | None:
    """Answer None for an unknown id. Raises Problem when it does not look like an id."""
    if not thing_id.isdigit():
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    return None
