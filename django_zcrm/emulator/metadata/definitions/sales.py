"""Leads, Contacts, Accounts, Deals and Campaigns.

Knows only definitions; nothing here has an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_zcrm.emulator.metadata import kinds as f
from django_zcrm.emulator.metadata.define import module
from django_zcrm.emulator.metadata.definitions.choices import (
    INDUSTRIES,
    LEAD_SOURCES,
    PROBABILITIES,
    RATINGS,
    SALUTATIONS,
    STAGES,
)
from django_zcrm.emulator.metadata.field import Field
from django_zcrm.emulator.metadata.module import CustomView, RelatedList

_ACTIVITIES = (
    RelatedList("Tasks", "Open Activities", "Tasks", field="What_Id"),
    RelatedList("Events", "Meetings", "Events", field="What_Id"),
    RelatedList("Calls", "Calls", "Calls", field="What_Id"),
)
_CONTACT_ACTIVITIES = (
    RelatedList("Tasks", "Open Activities", "Tasks", field="Who_Id"),
    RelatedList("Events", "Meetings", "Events", field="Who_Id"),
    RelatedList("Calls", "Calls", "Calls", field="Who_Id"),
)


def _full_name(record: Mapping[str, Any]) -> str:
    return " ".join(part for part in (record.get("First_Name"), record.get("Last_Name")) if part)


def _revenue_per_employee(record: Mapping[str, Any]) -> float | None:
    revenue, employees = record.get("Annual_Revenue"), record.get("No_of_Employees")
    return round(revenue / employees, 2) if revenue is not None and employees else None


def _probability(record: Mapping[str, Any]) -> Any:
    return PROBABILITIES.get(record.get("Stage") or "")


def _expected_revenue(record: Mapping[str, Any]) -> float | None:
    amount, probability = record.get("Amount"), _probability(record)
    return None if amount is None or probability is None else round(amount * probability / 100, 2)


def _address(prefix: str = "", **convert: str) -> tuple[Field, ...]:
    names = {"Street": 250, "City": 100, "State": 100, "Zip_Code": 30, "Country": 100}
    if prefix in ("Billing", "Shipping"):
        names = {"Code" if name == "Zip_Code" else name: size for name, size in names.items()}
    if prefix in ("Mailing", "Other"):
        names = {"Zip" if name == "Zip_Code" else name: size for name, size in names.items()}
    return tuple(
        f.text(f"{prefix}_{name}" if prefix else name, length=size,
               convert_to={target: f"{side}_{_shorter(side, name)}"
                           for target, side in convert.items()})
        for name, size in names.items())


def _shorter(side: str, name: str) -> str:
    return {"Mailing": "Zip", "Billing": "Code"}[side] if name == "Zip_Code" else name


LEADS = module(
    "Leads", "Lead", "Full_Name",
    {
        "Lead Information": (
            f.text("Company", length=200, quick_create=True,
                   convert_to={"Accounts": "Account_Name"}),
            f.picklist("Salutation", *SALUTATIONS, convert_to={"Contacts": "Salutation"}),
            f.text("First_Name", length=40, quick_create=True, mass_update=False,
                   convert_to={"Contacts": "First_Name"}),
            f.text("Last_Name", length=80, mandatory=True, quick_create=True, mass_update=False,
                   convert_to={"Contacts": "Last_Name"}),
            f.text("Designation", "Title", 100, convert_to={"Contacts": "Title"}),
            f.email(quick_create=True, convert_to={"Contacts": "Email"}),
            f.phone("Phone", quick_create=True,
                    convert_to={"Contacts": "Phone", "Accounts": "Phone"}),
            f.phone("Mobile", convert_to={"Contacts": "Mobile"}),
            f.phone("Fax", convert_to={"Contacts": "Fax", "Accounts": "Fax"}),
            f.website(convert_to={"Accounts": "Website"}),
            f.picklist("Lead_Source", *LEAD_SOURCES,
                       convert_to={"Contacts": "Lead_Source", "Deals": "Lead_Source"}),
            f.picklist("Lead_Status", "-None-", "Attempted to Contact", "Contact in Future",
                       "Contacted", "Junk Lead", "Lost Lead", "Not Contacted", "Pre-Qualified",
                       "Not Qualified"),
            f.picklist("Industry", *INDUSTRIES, convert_to={"Accounts": "Industry"}),
            f.integer("No_of_Employees", "No. of Employees",
                      convert_to={"Accounts": "Employees"}),
            f.currency("Annual_Revenue", convert_to={"Accounts": "Annual_Revenue"}),
            f.picklist("Rating", *RATINGS, convert_to={"Accounts": "Rating"}),
            f.email("Secondary_Email", convert_to={"Contacts": "Secondary_Email"}),
            f.text("Skype_ID", length=50, convert_to={"Contacts": "Skype_ID"}),
            f.text("Twitter", "X (Twitter)", 50, convert_to={"Contacts": "Twitter"}),
            f.boolean("Email_Opt_Out", convert_to={"Contacts": "Email_Opt_Out"}),
        ),
        "Qualification": (
            f.multiselect("Languages", "English", "German", "French", "Spanish", "Chinese",
                          "Japanese", custom=True),
            f.date("Follow_Up_Date", custom=True),
            f.datetime("Demo_Scheduled_At", custom=True),
            f.double("Score", custom=True),
            f.percent("Discount_Offered", custom=True),
            f.bigint("Customer_Number", custom=True),
            f.text("External_Reference", length=100, custom=True, unique=True, external="org",
                   convert_to={"Contacts": "External_Reference"}),
            f.autonumber("Lead_Number", prefix="LD-", custom=True),
            f.lookup("Referred_By", "Contacts", related_list="Referred_Leads", custom=True),
            f.make("Account_Manager", "userlookup", length=120, custom=True),
            f.files("Documents", custom=True),
            f.formula("Revenue_per_Employee", _revenue_per_employee,
                      "${Leads.Annual Revenue}/${Leads.No. of Employees}", custom=True),
        ),
        "Address Information": _address(Contacts="Mailing", Accounts="Billing"),
        "Description Information": (
            f.textarea("Description", convert_to={"Contacts": "Description"}),
        ),
    },
    hidden=(
        f.derived("Full_Name", _full_name, length=120),
        f.make("Record_Image", "profileimage", "Lead Image", mass_update=False, read_only=True),
        f.boolean("Converted__s", "Is Converted", read_only=True, since=4, show_in_view=False),
        f.datetime("Converted_Date_Time", read_only=True, since=4, show_in_view=False),
        f.lookup("Converted_Account", "Accounts", read_only=True, since=4, show_in_view=False),
        f.lookup("Converted_Contact", "Contacts", read_only=True, since=4, show_in_view=False),
        f.lookup("Converted_Deal", "Deals", read_only=True, since=4, show_in_view=False),
    ),
    columns=("Full_Name", "Company", "Email", "Phone", "Lead_Source", "Owner"),
    views=(
        CustomView("Converted Leads", ("Full_Name", "Company", "Email", "Phone"), "CONVERTED",
                   criteria="(Converted__s:equals:true)"),
        CustomView("Not Contacted", ("Full_Name", "Company", "Phone", "Lead_Status"),
                   criteria="(Lead_Status:equals:Not Contacted)", system_defined=False,
                   sort_by="Created_Time", sort_order="desc"),
    ),
    related=(
        *_CONTACT_ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Campaigns", "Campaigns", "Campaigns", linked=True),
    ),
    duplicate_check_field="Email", has_photo=True, convertable=True,
)

CONTACTS = module(
    "Contacts", "Contact", "Full_Name",
    {
        "Contact Information": (
            f.picklist("Salutation", *SALUTATIONS),
            f.text("First_Name", length=40, quick_create=True, mass_update=False),
            f.text("Last_Name", length=80, mandatory=True, quick_create=True, mass_update=False),
            f.lookup("Account_Name", "Accounts", related_list="Contacts", quick_create=True),
            f.lookup("Vendor_Name", "Vendors", related_list="Contacts"),
            f.text("Title", length=100),
            f.text("Department", length=50),
            f.email(quick_create=True),
            f.email("Secondary_Email"),
            f.phone("Phone", quick_create=True),
            f.phone("Mobile"),
            f.phone("Home_Phone"),
            f.phone("Other_Phone"),
            f.phone("Fax"),
            f.text("Assistant", length=50),
            f.phone("Asst_Phone"),
            f.date("Date_of_Birth"),
            f.picklist("Lead_Source", *LEAD_SOURCES),
            f.lookup("Reporting_To", "Contacts"),
            f.text("Skype_ID", length=50),
            f.text("Twitter", "X (Twitter)", 50),
            f.boolean("Email_Opt_Out"),
            f.text("External_Reference", length=100, custom=True, unique=True, external="org"),
        ),
        "Address Information": (*_address("Mailing"), *_address("Other")),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.derived("Full_Name", _full_name, length=120),
        f.make("Record_Image", "profileimage", "Contact Image", mass_update=False,
               read_only=True),
    ),
    columns=("Full_Name", "Account_Name", "Email", "Phone", "Owner"),
    related=(
        RelatedList("Deals", "Deals", "Deals", field="Contact_Name"),
        *_CONTACT_ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Campaigns", "Campaigns", "Campaigns", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Contact_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Contact_Name"),
        RelatedList("Invoices", "Invoices", "Invoices", field="Contact_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Related_To"),
        RelatedList("Reporting_Contacts", "Reporting Contacts", "Contacts",
                    field="Reporting_To"),
        RelatedList("Referred_Leads", "Referred Leads", "Leads", field="Referred_By"),
    ),
    duplicate_check_field="Email", has_photo=True,
)

ACCOUNTS = module(
    "Accounts", "Account", "Account_Name",
    {
        "Account Information": (
            f.text("Account_Name", length=200, mandatory=True, quick_create=True),
            f.text("Account_Site", length=80),
            f.text("Account_Number", length=40),
            f.lookup("Parent_Account", "Accounts", related_list="Child_Accounts"),
            f.picklist("Account_Type", "-None-", "Analyst", "Competitor", "Customer",
                       "Distributor", "Integrator", "Investor", "Other", "Partner", "Press",
                       "Prospect", "Reseller", "Supplier", "Vendor"),
            f.picklist("Industry", *INDUSTRIES),
            f.currency("Annual_Revenue"),
            f.integer("Employees"),
            f.picklist("Rating", *RATINGS),
            f.picklist("Ownership", "-None-", "Other", "Partnership", "Private",
                       "Privately Held", "Public", "Public Company", "Subsidiary"),
            f.phone("Phone", quick_create=True),
            f.phone("Fax"),
            f.website(quick_create=True),
            f.text("Ticker_Symbol", length=30),
            f.integer("SIC_Code"),
        ),
        "Address Information": (*_address("Billing"), *_address("Shipping")),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.make("Record_Image", "profileimage", "Account Image", mass_update=False,
               read_only=True),
    ),
    columns=("Account_Name", "Phone", "Website", "Industry", "Owner"),
    related=(
        RelatedList("Contacts", "Contacts", "Contacts", field="Account_Name"),
        RelatedList("Deals", "Deals", "Deals", field="Account_Name"),
        *_ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Account_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Account_Name"),
        RelatedList("Invoices", "Invoices", "Invoices", field="Account_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Account_Name"),
        RelatedList("Child_Accounts", "Member Accounts", "Accounts", field="Parent_Account"),
        RelatedList("Projects", "Projects", "Projects", field="Account"),
    ),
    duplicate_check_field="Account_Name", has_photo=True,
)

DEALS = module(
    "Deals", "Deal", "Deal_Name",
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
        f.derived("Expected_Revenue", _expected_revenue, "currency", length=16,
                  decimal_place=2),
        f.integer("Overall_Sales_Duration", read_only=True),
        f.integer("Sales_Cycle_Duration", read_only=True),
        f.integer("Lead_Conversion_Time", read_only=True),
    ),
    columns=("Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "Owner"),
    views=(
        CustomView("Won Deals", ("Deal_Name", "Amount", "Closing_Date", "Account_Name"),
                   criteria="(Stage:equals:Closed Won)", system_defined=False),
    ),
    related=(
        RelatedList("Contact_Roles", "Contact Roles", "Contacts", linked=True),
        *_ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Deal_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Deal_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Deal_Name"),
        RelatedList("Projects", "Projects", "Projects", field="Deal"),
    ),
    duplicate_check_field="Deal_Name",
)

CAMPAIGNS = module(
    "Campaigns", "Campaign", "Campaign_Name",
    {
        "Campaign Information": (
            f.text("Campaign_Name", length=200, mandatory=True, quick_create=True),
            f.picklist("Type", "-None-", "Advertisement", "Banner Ads", "Conference",
                       "Direct mail", "Email", "Others", "Partners", "Public Relations",
                       "Referral Program", "Telemarketing", "Trade Show", "Webinar"),
            f.picklist("Status", "-None-", "Active", "Cancelled", "Complete", "Inactive",
                       "Planning"),
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
        *_ACTIVITIES,
    ),
    duplicate_check_field="Campaign_Name",
)
