"""Accounts, Deals and Campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...state import CustomView, Module, RelatedList
from .. import field_types as f
from ..define import define_module
from .choices import INDUSTRIES, LEAD_SOURCES, PROBABILITIES, RATINGS, STAGES
from .shared import ACTIVITIES, DISTANCE, address


def _probability(record: Mapping[str, Any]) -> Any:
    probability = record.get("Probability")
    return PROBABILITIES.get(record.get("Stage") or "") if probability is None else probability


def _expected_revenue(record: Mapping[str, Any]) -> float | None:
    amount, probability = record.get("Amount"), _probability(record)
    return None if amount is None or probability is None else round(amount * probability / 100, 2)


def _duration(record: Mapping[str, Any]) -> int | None:
    """Return the days from a deal's creation until it closes (recorded in v2)."""
    if record.get("Closing_Date") is None:
        return None
    created = date.fromisoformat(record["Created_Time"][:10])
    return max(0, (date.fromisoformat(record["Closing_Date"]) - created).days)


ACCOUNTS = define_module(
    "Accounts",
    "Account",
    "Account_Name",
    {
        "Account Information": (
            f.text("Account_Name", length=200, mandatory=True, quick_create=True),
            f.text("Account_Site", length=80),
            f.text("Account_Number", length=40, default="0"),
            f.lookup("Parent_Account", "Accounts", related_list="Child_Accounts"),
            f.picklist(
                "Account_Type",
                "-None-",
                "Analyst",
                "Competitor",
                "Customer",
                "Distributor",
                "Integrator",
                "Investor",
                "Other",
                "Partner",
                "Press",
                "Prospect",
                "Reseller",
                "Supplier",
                "Vendor",
            ),
            f.picklist("Industry", *INDUSTRIES),
            f.currency("Annual_Revenue"),
            f.integer("Employees"),
            f.picklist("Rating", *RATINGS),
            f.picklist(
                "Ownership",
                "-None-",
                "Other",
                "Partnership",
                "Private",
                "Privately Held",
                "Public",
                "Public Company",
                "Subsidiary",
            ),
            f.phone("Phone", quick_create=True),
            f.phone("Fax"),
            f.website(quick_create=True),
            f.text("Ticker_Symbol", length=30),
            f.integer("SIC_Code"),
        ),
        "Address Information": (*address("Billing"), *address("Shipping")),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        DISTANCE,
        f.make("Record_Image", "profileimage", "Account Image", mass_update=False, read_only=True),
    ),
    columns=("Account_Name", "Phone", "Website", "Industry", "Owner"),
    related=(
        RelatedList("Contacts", "Contacts", "Contacts", field="Account_Name"),
        RelatedList("Deals", "Deals", "Deals", field="Account_Name"),
        *ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Account_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Account_Name"),
        RelatedList("Invoices", "Invoices", "Invoices", field="Account_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Account_Name"),
        RelatedList("Child_Accounts", "Member Accounts", "Accounts", field="Parent_Account"),
        RelatedList("Projects", "Projects", "Projects", field="Account"),
    ),
    duplicate_check_field="Account_Name",
    has_photo=True,
)

#: The state of a deal in each of its stages; Zoho adds a row when the stage changes.
DEAL_HISTORY = Module(
    "DealHistory",
    "Stage History",
    "Stage History",
    "Stage",
    (
        f.picklist("Stage", *STAGES, read_only=True),
        f.currency("Amount", read_only=True),
        f.integer("Probability", "Probability (%)", read_only=True),
        f.currency("Expected_Revenue", read_only=True),
        f.date("Closing_Date", read_only=True),
        f.integer("Stage_Duration_Calendar_Days", "Stage Duration", read_only=True),
        f.lookup("Parent_Id", "Deals", read_only=True, show_in_view=False),
        *f.system_fields(None, locked_since=6.0),
    ),
    parent_module="Deals",
    show_as_tab=False,
    has_owner=False,
    searchable=False,
)

DEALS = define_module(
    "Deals",
    "Deal",
    "Deal_Name",
    {
        "Deal Information": (
            f.text("Deal_Name", length=120, mandatory=True, quick_create=True),
            f.lookup("Account_Name", "Accounts", related_list="Deals", quick_create=True),
            f.lookup("Contact_Name", "Contacts", related_list="Deals"),
            f.picklist("Type", "-None-", "Existing Business", "New Business"),
            f.currency("Amount", quick_create=True),
            f.date("Closing_Date", quick_create=True),
            f.picklist("Pipeline", "Standard (Standard)"),
            f.picklist("Stage", *STAGES, mandatory=True, quick_create=True),
            f.text("Next_Step", length=100),
            f.picklist("Lead_Source", *LEAD_SOURCES),
            f.lookup("Campaign_Source", "Campaigns", related_list="Deals"),
            f.integer("Probability", "Probability (%)", formula=_probability),
            f.picklist(
                "Reason_For_Loss__s", "-None-", "Competitor", "Lack of Interest", "Price", "Others"
            ),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.derived("Expected_Revenue", _expected_revenue, "currency", length=16, decimal_place=2),
        f.derived("Overall_Sales_Duration", _duration, "integer", length=9),
        f.derived("Sales_Cycle_Duration", _duration, "integer", length=9),
        f.integer("Lead_Conversion_Time", read_only=True),
    ),
    columns=("Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "Owner"),
    views=(
        CustomView(
            "Won Deals",
            ("Deal_Name", "Amount", "Closing_Date", "Account_Name"),
            criteria="(Stage:equals:Closed Won)",
            system_defined=False,
        ),
    ),
    related=(
        RelatedList("Contact_Roles", "Contact Roles", "Contacts", linked=True),
        RelatedList("Stage_History", "Stage History", "DealHistory", field="Parent_Id"),
        *ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Deal_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Deal_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Deal_Name"),
        RelatedList("Projects", "Projects", "Projects", field="Deal"),
    ),
    duplicate_check_field="Deal_Name",
)

CAMPAIGNS = define_module(
    "Campaigns",
    "Campaign",
    "Campaign_Name",
    {
        "Campaign Information": (
            f.text("Campaign_Name", length=200, mandatory=True, quick_create=True),
            f.picklist(
                "Type",
                "-None-",
                "Advertisement",
                "Banner Ads",
                "Conference",
                "Direct mail",
                "Email",
                "Others",
                "Partners",
                "Public Relations",
                "Referral Program",
                "Telemarketing",
                "Trade Show",
                "Webinar",
            ),
            f.picklist(
                "Status", "-None-", "Active", "Cancelled", "Complete", "Inactive", "Planning"
            ),
            f.date("Start_Date", quick_create=True),
            f.date("End_Date"),
            f.currency("Expected_Revenue"),
            f.currency("Budgeted_Cost"),
            f.currency("Actual_Cost"),
            f.bigint("Expected_Response"),
            f.bigint("Num_sent", "Numbers sent"),
            f.lookup("Parent_Campaign", "Campaigns", related_list="Child_Campaigns", since=3),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    columns=("Campaign_Name", "Type", "Status", "Start_Date", "End_Date", "Owner"),
    related=(
        RelatedList("Leads", "Leads", "Leads", linked=True),
        RelatedList("Contacts", "Contacts", "Contacts", linked=True),
        RelatedList("Deals", "Deals", "Deals", field="Campaign_Source"),
        *ACTIVITIES,
    ),
    duplicate_check_field="Campaign_Name",
)
