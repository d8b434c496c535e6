"""What Zia finds about people and organisations (docs v8 zia-enrichment)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.fields import reference
from django_zcrm.emulator.generic.kinds import Anything, Flag, Kind, Listed, Shape, Text, one_of
from django_zcrm.emulator.generic.kinds import module as a_module
from django_zcrm.emulator.generic.register import SETTINGS, collection
from django_zcrm.emulator.generic.resource import Says
from django_zcrm.emulator.metadata.operations import asked_module
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_STATES = ("SCHEDULED", "COMPLETED", "DATA_NOT_FOUND", "FAILED")


def _organisation(based_on: Item) -> Item:
    """Made-up data about an organisation."""
    return {
        "name": based_on["name"],
        "website": based_on.get("website"),
        "org_status": "active",
        "head_quarters": {"city": "Berlin", "country": "Germany"},
        "industries": [{"name": "Trade", "description": "Wholesale"}],
        "employee_count": "11-50",
    }


def _person(based_on: Item) -> Item:
    """Made-up data about a person."""
    name = str(based_on.get("name") or based_on["email"])
    first_name, _, last_name = name.rpartition(" ")
    company = based_on["company"] if isinstance(based_on.get("company"), dict) else {}
    return {
        "name": name,
        "first_name": first_name,
        "last_name": last_name,
        "primary_email": based_on["email"],
        "designation": "Buyer",
        "company_info": {
            "name": company.get("name") or "Unknown",
            "industries": [],
            "experiences": [],
        },
        "skills": [{"name": "Purchasing"}],
        "social_media": [],
    }


def _check(find_out: Callable[[Item], Item]) -> Any:
    def check(
        org: Organisation, call: Call, values: Item, before: Item | None, place: Place
    ) -> None:
        asked_module(org, call)
        values["enriched_data"] = find_out(values["enrich_based_on"])

    return check


def _keys(needed: str) -> dict[str, Kind]:
    return {
        "enrich_based_on": Shape({needed: Text(needed=True)}, needed=True),
        "enriched_data": Anything(read_only=True, alone=True),
        "status": one_of(
            "SCHEDULED",
            "COMPLETED",
            "DATA_NOT_FOUND",
            "FAILED",
            read_only=True,
            default="COMPLETED",
        ),
    }


_OPTIONS: dict[str, Any] = {
    "scope": f"{SETTINGS}.intelligence",
    "since": 7,
    "created": 202,
    "paged": True,
    "audit": ("created_by", "created_time"),
    "filters": {"status": "status"},
}

ORG_ENRICHMENT = collection(
    "/__zia_org_enrichment",
    many="GET POST",
    one="{zia_org_enrichment_id} GET",
    says=Says("Org Enrichment scheduled successfully", "", ""),
    code="SCHEDULED",
    keys=_keys("name"),
    check=_check(_organisation),
    **_OPTIONS,
)

PEOPLE_ENRICHMENT = collection(
    "/__zia_people_enrichment",
    many="GET POST",
    one="{zia_people_enrichment_id} GET",
    says=Says("People Enrichment scheduled successfully", "", ""),
    code="SCHEDULED",
    keys=_keys("email"),
    check=_check(_person),
    **_OPTIONS,
)

DATA_ENRICHMENT = collection(
    "/settings/zia/data_enrichment",
    many="GET",
    scope="ZohoCRM.zia.enrichment",
    since=7,
    keys={
        "type": Text(),
        "module": a_module(),
        "status": Flag(default=True),
        "input_data_field_mapping": Listed(),
        "output_data_field_mapping": Listed(),
    },
    demo=lambda org: [
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
