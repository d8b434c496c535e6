"""Related lists of a module."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import asked_module, none_of
from django_zcrm.emulator.engine.paths import SETTINGS_PATH
from django_zcrm.emulator.engine.rendering import module_reference
from django_zcrm.emulator.state.module import Module, RelatedList
from django_zcrm.emulator.state.organisation import Organisation

routes = Routes()


@routes.route("GET", f"{SETTINGS_PATH}/related_lists", scope="ZohoCRM.settings.related_lists.READ")
def list_related_lists(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Answer the related lists of a module."""
    module = asked_module(org, request)
    if not module.related_lists:
        return None
    return {
        "related_lists": [
            show_related_list(org, module, item, number, request.version)
            for number, item in enumerate(module.related_lists, start=1)
        ]
    }


@routes.route(
    "GET",
    f"{SETTINGS_PATH}/related_lists/{{related_list}}",
    scope="ZohoCRM.settings.related_lists.READ",
)
def get_related_list(
    org: Organisation, request: Request, related_list: str
) -> dict[str, Any] | None:
    """Answer one related list by its id."""
    module = asked_module(org, request)
    for number, item in enumerate(module.related_lists, start=1):
        if item.id == related_list:
            shown = show_related_list(org, module, item, number, request.version)
            return {"related_lists": [shown]}
    return none_of(related_list)


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
