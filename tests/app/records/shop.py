"""Classes of records as a project would declare them."""

from __future__ import annotations

from django.db.models import TextChoices

from django_zcrm.records import (
    BigInt,
    Boolean,
    Currency,
    Date,
    DateTime,
    Double,
    Email,
    Formula,
    Integer,
    Lookup,
    MultiSelectPicklist,
    OwnerLookup,
    Picklist,
    Record,
    Subform,
    Tags,
    Text,
)


class LeadStatus(TextChoices):
    CONTACTED = "Contacted"
    LOST = "Lost Lead"


class Contact(Record):
    last_name = Text("Last_Name", required=True)
    account = Lookup("Account_Name", to="tests.app.records.shop.Account")
    manager = Lookup("Reporting_To", to="self")

    class Zoho:
        module = "Contacts"


class Account(Record):
    name = Text("Account_Name", required=True)
    industry = Picklist("Industry")
    employees = Integer("Employees")

    class Zoho:
        module = "Accounts"


class Quote(Record):
    subject = Text("Subject", required=True)
    account = Lookup("Account_Name", to="Account")
    items = Subform("Quoted_Items")

    class Zoho:
        module = "Quotes"


class Stamped(Record):
    """An abstract base class: what many modules have."""

    owner = OwnerLookup("Owner")
    created = DateTime("Created_Time", read_only=True)
    modified = DateTime("Modified_Time", read_only=True)

    class Zoho:
        abstract = True


class Lead(Stamped):
    last_name = Text("Last_Name", required=True)
    company = Text("Company")
    email = Email("Email")
    status = Picklist("Lead_Status", choices=LeadStatus)
    languages = MultiSelectPicklist("Languages")
    employees = Integer("No_of_Employees")
    number = BigInt("Customer_Number")
    revenue = Currency("Annual_Revenue")
    score = Double("Score")
    opted_out = Boolean("Email_Opt_Out")
    follow_up = Date("Follow_Up_Date")
    demo_at = DateTime("Demo_Scheduled_At")
    referred_by = Lookup("Referred_By", to=Contact)
    per_employee = Formula("Revenue_per_Employee", Double)
    tags = Tags("Tag")

    class Zoho:
        module = "Leads"
