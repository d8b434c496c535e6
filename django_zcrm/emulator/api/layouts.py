"""Layouts: listing, changing and activating them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..core import Refusal, Request, Response, Routes, dialect, success
from ..engine.access import bad_path_id, get_module_param, require_param, respond_no_content
from ..engine.batch import batch, body_id
from ..engine.bodies import require_objects
from ..engine.paths import SETTINGS_PATH
from ..engine.settings import keys, require_field
from ..engine.values import JSONPath
from ..state import Item, Module, Organisation, Section, User
from .fields.rendering import show_field

routes = Routes(scope="ZohoCRM.settings.layouts")


@routes.route("GET", f"{SETTINGS_PATH}/layouts")
def list_layouts(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the layouts of a module: one, the standard layout."""
    module = get_module_param(org, request)
    if not module.sections:
        return None
    return {"layouts": [show_layout(org, module, request.version)]}


@routes.route("GET", f"{SETTINGS_PATH}/layouts/{{layout}}")
def get_layout(org: Organisation, request: Request, layout: str) -> dict[str, Any] | None:
    """Return one layout by its id."""
    module = get_module_param(org, request)
    if layout != module.layout_id:
        return respond_no_content(layout)
    return {"layouts": [show_layout(org, module, request.version)]}


_LAYOUTS = "/crm/{version}/settings/layouts"
_ONE = f"{_LAYOUTS}/{{id}}"
_VERSIONS = (7, 8)


def _require_layout(org: Organisation, request: Request, layout: str) -> Module:
    """Return the requested module; the path must name its layout. Raises Refusal."""
    module = get_module_param(org, request)
    if layout != module.layout_id:
        raise bad_path_id(request, 2)
    return module


@routes.route("PATCH", _LAYOUTS, versions=_VERSIONS)
@routes.route("PATCH", _ONE, versions=_VERSIONS)
def update_layouts(org: Organisation, request: Request, id: str = "") -> Response:
    """Change layouts of a module, each named by its `id`, or the one that the path names.

    A layout has sections, and positions of fields.
    """
    module = _require_layout(org, request, id) if id else get_module_param(org, request)

    def update(body: Item, path: JSONPath) -> Item:
        if not id and body_id(body, path) != module.layout_id:
            raise path.child("id").unknown_id()
        return _update(org, module.api_name, body, path)

    return batch(request, update, key="layouts", limit=1 if id else 100)


@routes.route("DELETE", _ONE, versions=_VERSIONS)
def delete_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to delete the standard layout."""
    module = _require_layout(org, request, id)
    raise _standard_stays("deleted", module)


@routes.route("POST", f"{_ONE}/actions/activate", versions=_VERSIONS)
def activate_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to activate the standard layout, which is always active."""
    module = _require_layout(org, request, id)
    raise Refusal(
        "ALREADY_ACTIVATED", "the layout is activated already", details={"id": module.layout_id}
    )


@routes.route("DELETE", f"{_ONE}/actions/activate", versions=_VERSIONS)
def deactivate_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to deactivate the standard layout."""
    module = _require_layout(org, request, id)
    require_param(request, "transfer_to")
    raise _standard_stays("deactivated", module)


def _standard_stays(verb: str, module: Module) -> Refusal:
    message = f"the standard layout cannot be {verb}"
    return Refusal("NOT_ALLOWED", message, details={"id": module.layout_id})


def _update(org: Organisation, api_name: str, body: Item, path: JSONPath) -> Item:
    module = org.metadata.modules[api_name]
    if body.get("name") not in (None, "Standard"):
        raise Refusal(
            "NOT_ALLOWED",
            "the standard layout cannot be renamed",
            details=path.child("name").details(),
        )
    if body.get("sections") is not None:
        for section, child in require_objects(body, "sections", path):
            module = _change_section(org, module, section, child)
        org.metadata.replace(module)
    return success("layout updated", {"id": module.layout_id})


def _change_section(org: Organisation, module: Module, changes: Item, path: JSONPath) -> Module:
    """Return a module with a section changed, added or removed. Raises Refusal."""
    sections = list(module.sections)
    at = _position(sections, changes, path)
    if at is None:
        name = keys.Text(50).read(org, changes.get("display_label") or changes.get("name"), path)
        section = Section(name, (), org.ids.next(), custom=True)
    else:
        section = sections.pop(at)
    if changes.get("_delete"):
        if any(module.field_map[name].mandatory for name in section.fields):
            raise Refusal(
                "NOT_ALLOWED",
                "a section with mandatory fields cannot be deleted",
                details=path.child("_delete").details(),
            )
        return replace(module, sections=tuple(sections))
    if at is not None and changes.get("display_label") is not None:
        child = path.child("display_label")
        section = replace(section, name=keys.Text(50).read(org, changes["display_label"], child))
    if changes.get("column_count") is not None:
        child = path.child("column_count")
        section = replace(
            section, columns=keys.Number(1, 2).read(org, changes["column_count"], child)
        )
    if changes.get("fields") is not None:
        section, sections = _move_fields(org, module, section, sections, changes, path)
    number = len(sections) + 1 if at is None else at + 1
    if changes.get("sequence_number") is not None:
        child = path.child("sequence_number")
        number = keys.Number(1, 100).read(org, changes["sequence_number"], child)
    sections.insert(number - 1, section)
    return replace(module, sections=tuple(sections))


def _section_api_name(section: Section) -> str:
    """Return a section's API name, as seen in the metadata of real organisations."""
    return re.sub(r"\W+", "_", section.name) + ("" if section.custom else "__s")


def _position(sections: list[Section], changes: Item, path: JSONPath) -> int | None:
    """Return the position of the section named by id or API name."""
    for at, section in enumerate(sections):
        if section.id == changes.get("id") or _section_api_name(section) == changes.get("api_name"):
            return at
    if changes.get("id") is not None:
        raise path.child("id").unknown_id()
    if not (changes.get("display_label") or changes.get("name")):
        raise path.child("display_label").missing()
    return None


def _move_fields(
    org: Organisation,
    module: Module,
    section: Section,
    others: list[Section],
    changes: Item,
    path: JSONPath,
) -> tuple[Section, list[Section]]:
    """Put fields into a section and so out of all others; `_delete` removes them."""
    names = list(section.fields)
    for item, child in require_objects(changes, "fields", path):
        field = require_field(module, item, child)
        if field.api_name in names:
            names.remove(field.api_name)
        others = [
            replace(other, fields=tuple(name for name in other.fields if name != field.api_name))
            for other in others
        ]
        if item.get("_delete"):
            if field.mandatory:
                raise Refusal(
                    "NOT_ALLOWED",
                    "a mandatory field cannot be taken off the layout",
                    details=child.child("_delete").details(),
                )
            continue
        number = item.get("sequence_number", len(names) + 1)
        at = keys.Number(1, 1000).read(org, number, child.child("sequence_number")) - 1
        names.insert(at, field.api_name)
    return replace(section, fields=tuple(names)), others


def show_layout(org: Organisation, module: Module, version: float) -> dict[str, Any]:
    """Return the layout of a module, with its fields."""
    traits = dialect(version)
    first_user: User | None = next(iter(org.users.values()), None)
    changes = {
        "created_by": first_user.reference if first_user else None,
        "modified_by": None,
        "created_time": None,
        "modified_time": module.modified_time,
    }
    return {
        "id": module.layout_id,
        "name": "Standard",
        "api_name": "Standard__s",
        "display_label": "Standard",
        # A number up to v2.1 (SDK of v2.1).
        "status": "active" if traits.has_rich_fields else 0,
        "visible": True,
        "source": "default",
        "mode": "normal",
        "generated_type": "default",
        "display_type": -1,
        "has_more_profiles": False,
        "show_business_card": True,
        "subform_properties": None,
        "created_for": None,
        **changes,
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
        "profiles": _render_profiles(org, module),
        "sections": [
            _render_section(org, module, section, number, version)
            for number, section in enumerate(module.sections, start=1)
        ],
    }


def _render_profiles(org: Organisation, module: Module) -> list[dict[str, Any]]:
    view = {
        "name": "Custom View",
        "type": "custom",
        "id": module.views[0].id if module.views else None,
    }
    return [
        {"default": True, "name": profile["name"], "id": profile_id, "_default_view": view}
        for profile_id, profile in org.profiles.items()
    ]


def _render_section(
    org: Organisation, module: Module, section: Section, number: int, version: float
) -> dict[str, Any]:
    traits = dialect(version)
    return {
        "id": section.id,
        "name": _section_api_name(section) if traits.names_sections_by_api_name else section.name,
        "display_label": section.name,
        # n8n's Zoho node looks for `Lead Information` in v2.
        "api_name": _section_api_name(section) if traits.has_rich_fields else section.name,
        "sequence_number": number,
        "isSubformSection": section.is_subform,
        "column_count": section.columns,
        # A number in the SDK of v2.1, text in the later ones.
        "tab_traversal": "left_to_right" if traits.names_tab_traversal else 2,
        "generated_type": "default",
        "type": "used",
        "properties": None,
        "fields": [
            {
                **show_field(org, module, module.field_map[name], version),
                "required": module.field_map[name].mandatory,
                "validation_rule": None,
                "sequence_number": path,
                "section_id": number,
            }
            for path, name in enumerate(section.fields, start=1)
            if module.field_map[name].exists_in(version)
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
