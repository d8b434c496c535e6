"""The fields that Zia enriches, and functions for both enrichments (docs v8 zia-enrichment)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import Request, Routes
from ..engine.access import get_module_param
from ..engine.settings import SETTINGS, collection, keys, reference
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()


def check_enrichment(find_out: Callable[[Item], Item]) -> Any:
    def check(
        org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
    ) -> None:
        get_module_param(org, request)
        values["enriched_data"] = find_out(values["enrich_based_on"])

    return check


def enrichment_keys(required: str) -> dict[str, keys.ValueType]:
    return {
        "enrich_based_on": keys.JSONObject({required: keys.Text(required=True)}, required=True),
        "enriched_data": keys.Anything(read_only=True, detail_only=True),
        "status": keys.one_of(
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
        "type": keys.Text(),
        "module": keys.module(),
        "status": keys.Flag(default=True),
        "input_data_field_mapping": keys.ListOf(),
        "output_data_field_mapping": keys.ListOf(),
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
