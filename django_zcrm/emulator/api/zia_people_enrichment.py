"""Zia's data about people (docs v8 zia-enrichment)."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import Messages, collection
from ..state import Item
from .zia_enrichment import OPTIONS, check_enrichment, enrichment_keys

routes = Routes()


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


PEOPLE_ENRICHMENT = collection(
    routes,
    "/__zia_people_enrichment",
    methods="GET POST",
    item="{zia_people_enrichment_id} GET",
    messages=Messages("People Enrichment scheduled successfully", "", ""),
    code="SCHEDULED",
    keys=enrichment_keys("email"),
    check=check_enrichment(_person),
    **OPTIONS,
)
