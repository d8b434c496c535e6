"""Zia's data about organisations (docs v8 zia-enrichment)."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import Messages, collection
from ..state import Item
from .zia_enrichment import OPTIONS, check_enrichment, enrichment_keys

routes = Routes()


def _organisation(based_on: Item) -> Item:
    """Made-up data about an organisation."""
    return {
        "name": based_on["name"],
        "website": based_on.get("website"),
        "org_status": "active",
        "head_quarters": [{"city": "Berlin", "country": "Germany"}],
        "industries": [{"name": "Trade", "description": "Wholesale"}],
        "no_of_employees": "11-50",
    }


ORG_ENRICHMENT = collection(
    routes,
    "/__zia_org_enrichment",
    methods="GET POST",
    item="{zia_org_enrichment_id} GET",
    messages=Messages("Org Enrichment scheduled successfully", "", ""),
    code="SCHEDULED",
    keys=enrichment_keys("name"),
    check=check_enrichment(_organisation),
    **OPTIONS,
)
