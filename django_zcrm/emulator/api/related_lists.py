"""Related lists of a module."""

from __future__ import annotations

from typing import Any

from ..core import Request, Routes, dialect
from ..engine.access import get_module_param, respond_no_content
from ..engine.paths import SETTINGS_PATH
from ..engine.rendering import module_reference
from ..state import Module, Organisation, RelatedList

routes = Routes(scope="ZohoCRM.settings.related_lists")


@routes.route("GET", f"{SETTINGS_PATH}/related_lists")
def list_related_lists(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the related lists of a module."""
    module = get_module_param(org, request)
    if not module.related_lists:
        return None
    return {
        "related_lists": [
            show_related_list(org, module, item, number, request.version)
            for number, item in enumerate(module.related_lists, start=1)
        ]
    }


@routes.route("GET", f"{SETTINGS_PATH}/related_lists/{{related_list}}")
def get_related_list(
    org: Organisation, request: Request, related_list: str
) -> dict[str, Any] | None:
    """Return one related list by its id."""
    module = get_module_param(org, request)
    for number, item in enumerate(module.related_lists, start=1):
        if item.id == related_list:
            result = show_related_list(org, module, item, number, request.version)
            return {"related_lists": [result]}
    return respond_no_content(related_list)


def show_related_list(
    org: Organisation, module: Module, item: RelatedList, number: int, version: float
) -> dict[str, Any]:
    """Return a related list as settings/related_lists shows it."""
    return {
        "id": item.id,
        "sequence_number": str(number),
        "display_label": item.label,
        "api_name": item.api_name,
        "module": module_reference(org, item.module)
        if dialect(version).has_rich_fields
        else item.module,
        "name": item.label,
        "action": None,
        # As in Zoho's sample (docs v7, related lists metadata).
        "href": f"{module.api_name}/{{ENTITYID}}/{item.api_name}",
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
