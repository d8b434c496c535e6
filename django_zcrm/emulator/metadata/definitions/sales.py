"""Accounts, Deals and Campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_zcrm.emulator.metadata import field_types as f
from django_zcrm.emulator.metadata.define import module
from django_zcrm.emulator.metadata.definitions.choices import (
    INDUSTRIES,
    LEAD_SOURCES,
    PROBABILITIES,
    RATINGS,
    STAGES,
)
from django_zcrm.emulator.metadata.definitions.shared import ACTIVITIES, address
from django_zcrm.emulator.state.module import CustomView, RelatedList


def _probability(record: Mapping[str, Any]) -> Any:
    return PROBABILITIES.get(record.get("Stage") or "")


def _expected_revenue(record: Mapping[str, Any]) -> float | None:
    amount, probability = record.get("Amount"), _probability(record)
    return None if amount is None or probability is None else round(amount * probability / 100, 2)


ACCOUNTS = module(
    "Accounts",
    "Account",
    "Account_Name",
    {
        "Account Information": (
            f.text("Account_Name", length=200, mandatory=True, quick_create=True),
            f.text("Account_Site", length=80),
            f.text("Account_Number", length=40),
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

DEALS = module(
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
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.derived("Probability", _probability, "integer", "Probability (%)", length=9),
        f.derived("Expected_Revenue", _expected_revenue, "currency", length=16, decimal_place=2),
        f.integer("Overall_Sales_Duration", read_only=True),
        f.integer("Sales_Cycle_Duration", read_only=True),
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
        *ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Deal_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Deal_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Deal_Name"),
        RelatedList("Projects", "Projects", "Projects", field="Deal"),
    ),
    duplicate_check_field="Deal_Name",
)

CAMPAIGNS = module(
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
