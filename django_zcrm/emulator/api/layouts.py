"""Layouts: listing, changing and activating them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django_zcrm.emulator.api.fields.rendering import show_field
from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import asked_module, bad_path_id, none_of, required_param
from django_zcrm.emulator.engine.batch import batch, body_id
from django_zcrm.emulator.engine.bodies import required_objects
from django_zcrm.emulator.engine.paths import SETTINGS_PATH
from django_zcrm.emulator.engine.settings.fields import named_field
from django_zcrm.emulator.engine.settings.register import SETTINGS
from django_zcrm.emulator.engine.settings.value_types import Number, Text
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.module import Module, Section
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.settings import Item

routes = Routes()


@routes.route("GET", f"{SETTINGS_PATH}/layouts", scope="ZohoCRM.settings.layouts.READ")
def list_layouts(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Answer the layouts of a module: one, the standard layout."""
    module = asked_module(org, request)
    if not module.sections:
        return None
    return {"layouts": [show_layout(org, module, request.version)]}


@routes.route("GET", f"{SETTINGS_PATH}/layouts/{{layout}}", scope="ZohoCRM.settings.layouts.READ")
def get_layout(org: Organisation, request: Request, layout: str) -> dict[str, Any] | None:
    """Answer one layout by its id."""
    module = asked_module(org, request)
    if layout != module.layout_id:
        return none_of(layout)
    return {"layouts": [show_layout(org, module, request.version)]}


_LAYOUTS = "/crm/{version}/settings/layouts"
_ONE = f"{_LAYOUTS}/{{id}}"
_SCOPE = f"{SETTINGS}.layouts"
_VERSIONS = (7, 8)


def _laid_out(org: Organisation, request: Request, layout: str) -> Module:
    """Return the module asked for; the path must name its layout. Raises Problem."""
    module = asked_module(org, request)
    if layout != module.layout_id:
        raise bad_path_id(request, 2)
    return module


@routes.route("PATCH", _LAYOUTS, scope=f"{_SCOPE}.UPDATE", versions=_VERSIONS)
def update_layouts(org: Organisation, request: Request) -> Response:
    """Change layouts of a module, each named by its `id`."""
    module = asked_module(org, request)

    def update(body: Item, path: JSONPath) -> Item:
        if body_id(body, path) != module.layout_id:
            raise path.child("id").unknown_id()
        return _update(org, module.api_name, body, path)

    return batch(request, update, key="layouts")


@routes.route("PATCH", _ONE, scope=f"{_SCOPE}.UPDATE", versions=_VERSIONS)
def update_layout(org: Organisation, request: Request, id: str) -> Response:
    """Change a layout: its sections and the position of its fields."""
    module = _laid_out(org, request, id)

    def update(body: Item, path: JSONPath) -> Item:
        return _update(org, module.api_name, body, path)

    return batch(request, update, key="layouts", limit=1)


@routes.route("DELETE", _ONE, scope=f"{_SCOPE}.DELETE", versions=_VERSIONS)
def delete_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to delete the standard layout."""
    module = _laid_out(org, request, id)
    raise _standard_stays("deleted", module)


@routes.route("POST", f"{_ONE}/actions/activate", scope=f"{_SCOPE}.CREATE", versions=_VERSIONS)
def activate_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to activate the standard layout, which is always active."""
    module = _laid_out(org, request, id)
    raise Problem(
        "ALREADY_ACTIVATED", "the layout is activated already", details={"id": module.layout_id}
    )


@routes.route("DELETE", f"{_ONE}/actions/activate", scope=f"{_SCOPE}.DELETE", versions=_VERSIONS)
def deactivate_layout(org: Organisation, request: Request, id: str) -> Response:
    """Refuse to deactivate the standard layout."""
    module = _laid_out(org, request, id)
    required_param(request, "transfer_to")
    raise _standard_stays("deactivated", module)


def _standard_stays(done: str, module: Module) -> Problem:
    message = f"the standard layout cannot be {done}"
    return Problem("NOT_ALLOWED", message, details={"id": module.layout_id})


def _update(org: Organisation, api_name: str, body: Item, path: JSONPath) -> Item:
    module = org.metadata.modules[api_name]
    if body.get("name") not in (None, "Standard"):
        raise Problem(
            "NOT_ALLOWED",
            "the standard layout cannot be renamed",
            details=path.child("name").details(),
        )
    if body.get("sections") is not None:
        for section, child in required_objects(body, "sections", path):
            module = _with_section(org, module, section, child)
        org.metadata.replace(module)
    return success("layout updated", {"id": module.layout_id})


def _with_section(org: Organisation, module: Module, asked: Item, path: JSONPath) -> Module:
    """Return a module with a section changed, added or removed. Raises Problem."""
    sections = list(module.sections)
    at = _position(sections, asked, path)
    if at is None:
        name = Text(50).read(org, asked.get("display_label") or asked.get("name"), path)
        section = Section(name, (), org.ids.next(), custom=True)
    else:
        section = sections.pop(at)
    if asked.get("_delete"):
        if any(module.field_map[name].mandatory for name in section.fields):
            raise Problem(
                "NOT_ALLOWED",
                "a section with mandatory fields cannot be deleted",
                details=path.child("_delete").details(),
            )
        return replace(module, sections=tuple(sections))
    if at is not None and asked.get("display_label") is not None:
        child = path.child("display_label")
        section = replace(section, name=Text(50).read(org, asked["display_label"], child))
    if asked.get("column_count") is not None:
        child = path.child("column_count")
        section = replace(section, columns=Number(1, 2).read(org, asked["column_count"], child))
    if asked.get("fields") is not None:
        section, sections = _with_fields(org, module, section, sections, asked, path)
    number = len(sections) + 1 if at is None else at + 1
    if asked.get("sequence_number") is not None:
        child = path.child("sequence_number")
        number = Number(1, 100).read(org, asked["sequence_number"], child)
    sections.insert(number - 1, section)
    return replace(module, sections=tuple(sections))


def _section_api_name(section: Section) -> str:
    """Return a section's API name, as seen in the metadata of real organisations."""
    return re.sub(r"\W+", "_", section.name) + ("" if section.custom else "__s")


def _position(sections: list[Section], asked: Item, path: JSONPath) -> int | None:
    """Return the position of the section named by id or API name."""
    for at, section in enumerate(sections):
        if section.id == asked.get("id") or _section_api_name(section) == asked.get("api_name"):
            return at
    if asked.get("id") is not None:
        raise path.child("id").unknown_id()
    if not (asked.get("display_label") or asked.get("name")):
        raise path.child("display_label").missing()
    return None


def _with_fields(
    org: Organisation,
    module: Module,
    section: Section,
    others: list[Section],
    asked: Item,
    path: JSONPath,
) -> tuple[Section, list[Section]]:
    """Put fields into a section and so out of all others; `_delete` removes them."""
    names = list(section.fields)
    for item, child in required_objects(asked, "fields", path):
        field = named_field(module, item, child)
        if field.api_name in names:
            names.remove(field.api_name)
        others = [
            replace(other, fields=tuple(name for name in other.fields if name != field.api_name))
            for other in others
        ]
        if item.get("_delete"):
            if field.mandatory:
                raise Problem(
                    "NOT_ALLOWED",
                    "a mandatory field cannot be taken off the layout",
                    details=child.child("_delete").details(),
                )
            continue
        number = item.get("sequence_number", len(names) + 1)
        at = Number(1, 1000).read(org, number, child.child("sequence_number")) - 1
        names.insert(at, field.api_name)
    return replace(section, fields=tuple(names)), others


def show_layout(org: Organisation, module: Module, version: float) -> dict[str, Any]:
    """Return the layout of a module, with its fields."""
    traits = dialect(version)
    first_user: User | None = next(iter(org.users.values()), None)
    made = {
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
            _shown_section(org, module, section, number, version)
            for number, section in enumerate(module.sections, start=1)
        ],
    }


def _shown_section(
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
            if module.field_map[name].known_in(version)
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
