"""A small company's CRM: leads, customers, deals and their documents."""

from __future__ import annotations

from datetime import date

from ..state import Organisation, StoredRecord
from . import appointments, documents
from .names import COMPANIES, FIRST_NAMES, LAST_NAMES, PRODUCTS, TITLES
from .seeder import Seeder

_SOURCES = (
    "Trade Show",
    "Web Download",
    "Cold Call",
    "Employee Referral",
    "Partner",
    "Advertisement",
    "Chat",
)
_STATUSES = (
    "Not Contacted",
    "Attempted to Contact",
    "Contacted",
    "Pre-Qualified",
    "Contact in Future",
    "Lost Lead",
)
_STAGES = (
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Identify Decision Makers",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)


def add_records(org: Organisation, today: date) -> None:
    """Fill an organisation with the demo data as of `today`."""
    seeder = Seeder(org, today)
    campaigns = _campaigns(seeder)
    products = _products(seeder)
    accounts = _accounts(seeder)
    contacts = _contacts(seeder, accounts)
    deals = _deals(seeder, accounts, contacts, campaigns)
    leads = _leads(seeder)
    documents.add_activities(seeder, leads, contacts, deals)
    documents.add_documents(seeder, deals, products)
    documents.add_links(seeder, leads, contacts, deals, campaigns, products)
    documents.add_notes(seeder, [*leads[:24], *contacts[:8], *accounts[:6], *deals[:8]])
    documents.add_files(seeder, leads, accounts, deals)
    documents.add_projects(seeder, accounts, deals)
    documents.add_tags(seeder, leads, deals)
    appointments.add_appointments(seeder, contacts)


def _person(number: int) -> tuple[str, str]:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return first, LAST_NAMES[(number * 7 + number // len(FIRST_NAMES)) % len(LAST_NAMES)]


def _email(first: str, last: str, domain: str) -> str:
    return f"{first}.{last}@{domain}.example".replace("'", "").lower()


def _campaigns(seeder: Seeder) -> list[StoredRecord]:
    plans = (
        ("Spring Trade Fair", "Trade Show", "Complete", 12000.0),
        ("Logistics Webinar", "Webinar", "Active", 1500.0),
        ("Autumn Mailing", "Email", "Planning", 800.0),
        ("Partner Day", "Conference", "Active", 6400.0),
        ("Reference Stories", "Public Relations", "Active", 2200.0),
        ("Winter Calls", "Telemarketing", "Inactive", 3000.0),
    )
    return [
        seeder.add(
            "Campaigns",
            number,
            200 - 20 * number,
            Campaign_Name=name,
            Type=campaign_type,
            Status=status,
            Budgeted_Cost=cost,
            Start_Date=seeder.day(-120 + 30 * number),
            End_Date=seeder.day(-90 + 30 * number),
            Expected_Revenue=cost * 8,
        )
        for number, (name, campaign_type, status, cost) in enumerate(plans)
    ]


def _products(seeder: Seeder) -> list[StoredRecord]:
    vendors = [
        seeder.add(
            "Vendors",
            number,
            300,
            Vendor_Name=name,
            Website=f"www.{domain}.example",
            Email=f"orders@{domain}.example",
            Category="Hardware",
            City=city,
            Country=country,
        )
        for number, (name, domain, city, country) in enumerate(
            (
                ("Tabtronic", "tabtronic", "Taipei", "Taiwan"),
                ("Casewell", "casewell", "Leeds", "United Kingdom"),
                ("Softworks", "softworks", "Utrecht", "Netherlands"),
            )
        )
    ]
    return [
        seeder.add(
            "Products",
            number,
            280 - number,
            Product_Name=name,
            Product_Code=code,
            Unit_Price=price,
            Product_Category=category,
            Qty_in_Stock=40.0 + 5 * number,
            Usage_Unit="Each" if category == "Hardware" else "Unit",
            Vendor_Name=vendors[number % 3]["id"],
        )
        for number, (name, code, price, category) in enumerate(PRODUCTS)
    ]


def _accounts(seeder: Seeder) -> list[StoredRecord]:
    accounts: list[StoredRecord] = []
    for number, (name, industry, employees, domain, city, country) in enumerate(COMPANIES):
        accounts.append(
            seeder.add(
                "Accounts",
                number,
                190 - 6 * number,
                Account_Name=name,
                Industry=industry,
                Employees=employees,
                Website=f"https://www.{domain}.example",
                Phone=f"+49 30 555 01{number:02d}",
                Annual_Revenue=employees * 110_000.0,
                Account_Type=("Customer", "Prospect", "Partner")[number % 3],
                Billing_City=city,
                Billing_Country=country,
                Account_Number=f"A-{1000 + number}",
                Parent_Account=accounts[3]["id"] if number == 6 else None,
            )
        )
    return accounts


def _contacts(seeder: Seeder, accounts: list[StoredRecord]) -> list[StoredRecord]:
    contacts = []
    for number in range(60):
        first, last = _person(number)
        company = COMPANIES[number % len(COMPANIES)]
        contacts.append(
            seeder.add(
                "Contacts",
                number,
                180 - 2 * number,
                First_Name=first,
                Last_Name=last,
                Email=_email(first, last, company[3]),
                Phone=f"+49 30 555 2{number:03d}",
                Mobile=f"+49 151 555 {number:04d}",
                Title=TITLES[number % len(TITLES)],
                Account_Name=accounts[number % len(accounts)]["id"],
                Mailing_City=company[4],
                Mailing_Country=company[5],
                Lead_Source=_SOURCES[number % len(_SOURCES)],
                Date_of_Birth=f"19{70 + number % 30}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            )
        )
    return contacts


def _deals(
    seeder: Seeder,
    accounts: list[StoredRecord],
    contacts: list[StoredRecord],
    campaigns: list[StoredRecord],
) -> list[StoredRecord]:
    subjects = (
        "Tablets for the field",
        "Route planning",
        "Stock system",
        "Portal licences",
        "Support contract",
    )
    return [
        seeder.add(
            "Deals",
            number,
            100 - 2 * number,
            Deal_Name=f"{account['Account_Name']}: {subjects[number % 5]}",
            Account_Name=account["id"],
            Contact_Name=contacts[number % len(contacts)]["id"],
            Stage=_STAGES[number % len(_STAGES)],
            Pipeline="Standard (Standard)",
            Amount=4_500.0 + 1_750.0 * number,
            Closing_Date=seeder.day(5 * number - 40),
            Type=("New Business", "Existing Business")[number % 2],
            Lead_Source=_SOURCES[number % len(_SOURCES)],
            Campaign_Source=campaigns[number % 6]["id"] if number % 3 == 0 else None,
        )
        for number, account in ((n, accounts[n % len(accounts)]) for n in range(36))
    ]


def _leads(seeder: Seeder) -> list[StoredRecord]:
    leads = []
    for number in range(72):
        first, last = _person(number + 61)
        name, industry, employees, domain, city, country = COMPANIES[(number * 5) % 24]
        branch = f"{name} {city}" if number < 24 else f"{name} {('Nord', 'South')[number % 2]}"
        leads.append(
            seeder.add(
                "Leads",
                number,
                90 - number,
                First_Name=first,
                Last_Name=last,
                Company=branch,
                Email=_email(first, last, domain),
                Phone=f"+44 20 7946 {number:04d}",
                Designation=TITLES[number % len(TITLES)],
                Lead_Source=_SOURCES[number % 7],
                Lead_Status=_STATUSES[number % len(_STATUSES)],
                Industry=industry,
                No_of_Employees=employees,
                Annual_Revenue=employees * 95_000.0,
                City=city,
                Country=country,
                Website=f"https://www.{domain}.example",
                Score=float(number % 100),
                Languages=[("English", "German", "French", "Spanish")[number % 4]],
                Follow_Up_Date=seeder.day(number % 30),
                Email_Opt_Out=number % 9 == 0,
                External_Reference=f"REF-{number + 1:04d}",
                Rating=("Active", "Acquired", None)[number % 3],
                Description="Met at the fair; interested in tablets." if number % 4 == 0 else None,
            )
        )
    return leads
