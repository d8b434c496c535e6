"""Leads and Contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...state import CustomView, RelatedList
from .. import field_types as f
from ..define import define_module
from .choices import INDUSTRIES, LEAD_SOURCES, RATINGS, SALUTATIONS
from .shared import ACTIVITIES, CONTACT_ACTIVITIES, DISTANCE, address, unsubscribing


def _full_name(record: Mapping[str, Any]) -> str:
    return " ".join(part for part in (record.get("First_Name"), record.get("Last_Name")) if part)


def _revenue_per_employee(record: Mapping[str, Any]) -> float | None:
    revenue, employees = record.get("Annual_Revenue"), record.get("No_of_Employees")
    return round(revenue / employees, 2) if revenue is not None and employees else None


LEADS = define_module(
    "Leads",
    "Lead",
    "Full_Name",
    {
        "Lead Information": (
            f.text(
                "Company", length=200, quick_create=True, convert_to={"Accounts": "Account_Name"}
            ),
            f.picklist("Salutation", *SALUTATIONS, convert_to={"Contacts": "Salutation"}),
            f.text(
                "First_Name",
                length=40,
                quick_create=True,
                mass_update=False,
                convert_to={"Contacts": "First_Name"},
            ),
            f.text(
                "Last_Name",
                length=80,
                mandatory=True,
                quick_create=True,
                mass_update=False,
                convert_to={"Contacts": "Last_Name"},
            ),
            f.text("Designation", "Title", 100, convert_to={"Contacts": "Title"}),
            f.email(quick_create=True, convert_to={"Contacts": "Email"}),
            f.phone(
                "Phone", quick_create=True, convert_to={"Contacts": "Phone", "Accounts": "Phone"}
            ),
            f.phone("Mobile", convert_to={"Contacts": "Mobile"}),
            f.phone("Fax", convert_to={"Contacts": "Fax", "Accounts": "Fax"}),
            f.website(convert_to={"Accounts": "Website"}),
            f.picklist(
                "Lead_Source",
                *LEAD_SOURCES,
                convert_to={"Contacts": "Lead_Source", "Deals": "Lead_Source"},
            ),
            f.picklist(
                "Lead_Status",
                "-None-",
                "Attempted to Contact",
                "Contact in Future",
                "Contacted",
                "Junk Lead",
                "Lost Lead",
                "Not Contacted",
                "Pre-Qualified",
                "Not Qualified",
            ),
            f.picklist("Industry", *INDUSTRIES, convert_to={"Accounts": "Industry"}),
            f.integer("No_of_Employees", "No. of Employees", convert_to={"Accounts": "Employees"}),
            f.currency("Annual_Revenue", convert_to={"Accounts": "Annual_Revenue"}),
            f.picklist("Rating", *RATINGS, convert_to={"Accounts": "Rating"}),
            f.email("Secondary_Email", convert_to={"Contacts": "Secondary_Email"}),
            f.text("Skype_ID", length=50, convert_to={"Contacts": "Skype_ID"}),
            f.text("Twitter", "X (Twitter)", 50, convert_to={"Contacts": "Twitter"}),
            f.boolean("Email_Opt_Out", convert_to={"Contacts": "Email_Opt_Out"}),
            *unsubscribing(),
        ),
        "Qualification": (
            f.multiselect(
                "Languages",
                "English",
                "German",
                "French",
                "Spanish",
                "Chinese",
                "Japanese",
                custom=True,
            ),
            f.date("Follow_Up_Date", custom=True),
            f.datetime("Demo_Scheduled_At", custom=True),
            f.double("Score", custom=True),
            f.percent("Discount_Offered", custom=True),
            f.bigint("Customer_Number", custom=True),
            f.text(
                "External_Reference",
                length=100,
                custom=True,
                unique=True,
                external="org",
                convert_to={"Contacts": "External_Reference"},
            ),
            f.autonumber("Lead_Number", prefix="LD-", custom=True),
            f.lookup("Referred_By", "Contacts", related_list="Referred_Leads", custom=True),
            f.make("Account_Manager", "userlookup", length=120, custom=True),
            f.files("Documents", custom=True),
            f.formula(
                "Revenue_per_Employee",
                _revenue_per_employee,
                "${Leads.Annual Revenue}/${Leads.No. of Employees}",
                custom=True,
            ),
        ),
        "Address Information": address(Contacts="Mailing", Accounts="Billing"),
        "Description Information": (
            f.textarea("Description", convert_to={"Contacts": "Description"}),
        ),
    },
    hidden=(
        DISTANCE,
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
        CustomView(
            "Converted Leads",
            ("Full_Name", "Company", "Email", "Phone"),
            "CONVERTED",
            criteria="(Converted__s:equals:true)",
        ),
        CustomView(
            "Not Contacted",
            ("Full_Name", "Company", "Phone", "Lead_Status"),
            criteria="(Lead_Status:equals:Not Contacted)",
            system_defined=False,
            sort_by="Created_Time",
            sort_order="desc",
        ),
    ),
    related=(
        *ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Campaigns", "Campaigns", "Campaigns", linked=True),
    ),
    duplicate_check_field="Email",
    has_photo=True,
    convertable=True,
)

CONTACTS = define_module(
    "Contacts",
    "Contact",
    "Full_Name",
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
            *unsubscribing(),
            f.text("External_Reference", length=100, custom=True, unique=True, external="org"),
        ),
        "Address Information": (*address("Mailing"), *address("Other")),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        DISTANCE,
        f.derived("Full_Name", _full_name, length=120),
        f.make("Record_Image", "profileimage", "Contact Image", mass_update=False, read_only=True),
    ),
    columns=("Full_Name", "Account_Name", "Email", "Phone", "Owner"),
    related=(
        RelatedList("Deals", "Deals", "Deals", field="Contact_Name"),
        *CONTACT_ACTIVITIES,
        RelatedList("Products", "Products", "Products", linked=True),
        RelatedList("Campaigns", "Campaigns", "Campaigns", linked=True),
        RelatedList("Quotes", "Quotes", "Quotes", field="Contact_Name"),
        RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Contact_Name"),
        RelatedList("Invoices", "Invoices", "Invoices", field="Contact_Name"),
        RelatedList("Cases", "Cases", "Cases", field="Related_To"),
        RelatedList("Reporting_Contacts", "Reporting Contacts", "Contacts", field="Reporting_To"),
        RelatedList("Referred_Leads", "Referred Leads", "Leads", field="Referred_By"),
    ),
    duplicate_check_field="Email",
    has_photo=True,
)
