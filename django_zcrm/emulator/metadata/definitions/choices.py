"""Picklist values that several modules share."""

from __future__ import annotations

LEAD_SOURCES = (
    "-None-",
    "Advertisement",
    "Cold Call",
    "Employee Referral",
    "External Referral",
    "Online Store",
    "Partner",
    "Public Relations",
    "Sales Email Alias",
    "Seminar Partner",
    "Internal Seminar",
    "Trade Show",
    "Web Download",
    "Web Research",
    "Chat",
    "X (Twitter)",
    "Facebook",
)
INDUSTRIES = (
    "-None-",
    "ASP (Application Service Provider)",
    "Data/Telecom OEM",
    "ERP (Enterprise Resource Planning)",
    "Government/Military",
    "Large Enterprise",
    "ManagementISV",
    "MSP (Management Service Provider)",
    "Network Equipment Enterprise",
    "Non-management ISV",
    "Optical Networking",
    "Service Provider",
    "Small/Medium Enterprise",
    "Storage Equipment",
    "Storage Service Provider",
    "Systems Integrator",
    "Wireless Industry",
    "Communications",
    "Consulting",
    "Education",
    "Financial Services",
    "Manufacturing",
    "Real Estate",
    "Technology",
)
RATINGS = ("-None-", "Acquired", "Active", "Market Failed", "Project Cancelled", "Shut Down")
SALUTATIONS = ("-None-", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")
PRIORITIES = ("-None-", "High", "Highest", "Low", "Lowest", "Normal")


def _stage(
    name: str, probability: int, forecast: str, number: int
) -> tuple[str, dict[str, object]]:
    return name, {
        "probability": probability,
        "forecast_category": {"name": forecast, "id": str(number)},
        "forecast_type": {"Pipeline": "Open", "Closed": "Closed Won"}.get(forecast, "Closed Lost"),
    }


#: Deals.Stage with probability and forecast of each stage (Zoho's defaults).
STAGES = (
    _stage("Qualification", 10, "Pipeline", 1),
    _stage("Needs Analysis", 20, "Pipeline", 1),
    _stage("Value Proposition", 40, "Pipeline", 1),
    _stage("Identify Decision Makers", 60, "Pipeline", 1),
    _stage("Proposal/Price Quote", 75, "Pipeline", 1),
    _stage("Negotiation/Review", 90, "Pipeline", 1),
    _stage("Closed Won", 100, "Closed", 2),
    _stage("Closed Lost", 0, "Omitted", 3),
    _stage("Closed Lost to Competition", 0, "Omitted", 3),
)
PROBABILITIES = {name: extra["probability"] for name, extra in STAGES}
