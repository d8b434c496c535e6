"""Which fields Zia enriches, and what both kinds of enrichment share (docs v8 zia-enrichment)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_module
from django_zcrm.emulator.engine.settings.fields import reference
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    JSONObject,
    ListOf,
    Text,
    ValueType,
    one_of,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

_STATES = ("SCHEDULED", "COMPLETED", "DATA_NOT_FOUND", "FAILED")


def check_enrichment(find_out: Callable[[Item], Item]) -> Any:
    def check(
        org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
    ) -> None:
        asked_module(org, request)
        values["enriched_data"] = find_out(values["enrich_based_on"])

    return check


def enrichment_keys(required: str) -> dict[str, ValueType]:
    return {
        "enrich_based_on": JSONObject({required: Text(required=True)}, required=True),
        "enriched_data": Anything(read_only=True, detail_only=True),
        "status": one_of(
            "SCHEDULED",
            "COMPLETED",
            "DATA_NOT_FOUND",
            "FAILED",
            read_only=True,
            default="COMPLETED",
        ),
    }


OPTIONS: dict[str, Any] = {
    "scope": f"{SETTINGS}.intelligence",
    "since": 7,
    "created": 202,
    "paged": True,
    "audit": ("created_by", "created_time"),
    "filters": {"status": "status"},
}

DATA_ENRICHMENT = collection(
    routes,
    "/settings/zia/data_enrichment",
    methods="GET",
    scope="ZohoCRM.zia.enrichment",
    since=7,
    keys={
        "type": Text(),
        "module": a_module(),
        "status": Flag(default=True),
        "input_data_field_mapping": ListOf(),
        "output_data_field_mapping": ListOf(),
    },
    demo_items=lambda org: [
        {
            "type": "email_signature",
            "module": {"api_name": "Leads"},
            "input_data_field_mapping": [
                {
                    "enrich_field": {"name": "email", "display_label": "Email"},
                    "crm_field": reference(org.metadata.modules["Leads"].field_map["Email"]),
                }
            ],
        }
    ],
)
