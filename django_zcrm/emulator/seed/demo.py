"""A small company's CRM: leads, customers, deals, and the papers that go with them.

Knows what a believable organisation holds; planter.py knows how it is stored.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django_zcrm.emulator.records.files import attach, attach_link
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.records.tagging import make_tag
from django_zcrm.emulator.seed.files import pdf, png
from django_zcrm.emulator.seed.names import COMPANIES, FIRST_NAMES, LAST_NAMES, NOTES, TITLES
from django_zcrm.emulator.seed.planter import Planter
from django_zcrm.emulator.state import Organisation

_SOURCES = ("Trade Show", "Web Download", "Cold Call", "Employee Referral", "Partner",
            "Advertisement", "Chat")
_STATUSES = ("Not Contacted", "Attempted to Contact", "Contacted", "Pre-Qualified",
             "Contact in Future", "Lost Lead")
_STAGES = ("Qualification", "Needs Analysis", "Value Proposition", "Identify Decision Makers",
           "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost")
_PRODUCTS = (
    ("Field Tablet", "HW-100", 640.0, "Hardware"),
    ("Rugged Case", "HW-110", 45.0, "Hardware"),
    ("Docking Station", "HW-120", 130.0, "Hardware"),
    ("Route Planner", "SW-200", 1200.0, "Software"),
    ("Stock Manager", "SW-210", 2400.0, "Software"),
    ("Customer Portal", "SW-220", 3600.0, "CRM Applications"),
    ("Onboarding Day", "SV-300", 950.0, "Services"),
    ("Premium Support", "SV-310", 1500.0, "Services"),
    ("Data Migration", "SV-320", 2800.0, "Services"),
    ("Security Review", "SV-330", 1900.0, "Services"),
)


def plant(org: Organisation, today: date) -> None:
    """Fill an organisation with the demo data as of `today`."""
    planter = Planter(org, today)
    campaigns = _campaigns(planter)
    products = _products(planter)
    accounts = _accounts(planter)
    contacts = _contacts(planter, accounts)
    deals = _deals(planter, accounts, contacts, campaigns)
    leads = _leads(planter)
    _activities(planter, leads, contacts, deals)
    _papers(planter, deals, products)
    _links(planter, leads, contacts, deals, campaigns, products)
    _notes(planter, [*leads[:24], *contacts[:8], *accounts[:6], *deals[:8]])
    _files(planter, leads, accounts, deals)
    _projects(planter, accounts, deals)
    _tags(planter, leads, deals)


def _person(number: int) -> tuple[str, str]:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return first, LAST_NAMES[(number * 7 + number // len(FIRST_NAMES)) % len(LAST_NAMES)]


def _email(first: str, last: str, domain: str) -> str:
    return f"{first}.{last}@{domain}.example".replace("'", "").lower()


def _campaigns(planter: Planter) -> list[Record]:
    plans = (
        ("Spring Trade Fair", "Trade Show", "Complete", 12000.0),
        ("Logistics Webinar", "Webinar", "Active", 1500.0),
        ("Autumn Mailing", "Email", "Planning", 800.0),
        ("Partner Day", "Conference", "Active", 6400.0),
        ("Reference Stories", "Public Relations", "Active", 2200.0),
        ("Winter Calls", "Telemarketing", "Inactive", 3000.0),
    )
    return [
        planter.add("Campaigns", number, 200 - 20 * number, Campaign_Name=name, Type=kind,
                    Status=status, Budgeted_Cost=cost, Start_Date=planter.day(-120 + 30 * number),
                    End_Date=planter.day(-90 + 30 * number), Expected_Revenue=cost * 8)
        for number, (name, kind, status, cost) in enumerate(plans)
    ]


def _products(planter: Planter) -> list[Record]:
    vendors = [
        planter.add("Vendors", number, 300, Vendor_Name=name, Website=f"www.{domain}.example",
                    Email=f"orders@{domain}.example", Category="Hardware", City=city,
                    Country=country)
        for number, (name, domain, city, country) in enumerate((
            ("Tabtronic", "tabtronic", "Taipei", "Taiwan"),
            ("Casewell", "casewell", "Leeds", "United Kingdom"),
            ("Softworks", "softworks", "Utrecht", "Netherlands"),
        ))
    ]
    return [
        planter.add("Products", number, 280 - number, Product_Name=name, Product_Code=code,
                    Unit_Price=price, Product_Category=category, Qty_in_Stock=40.0 + 5 * number,
                    Usage_Unit="Each" if category == "Hardware" else "Unit",
                    Vendor_Name=vendors[number % 3]["id"])
        for number, (name, code, price, category) in enumerate(_PRODUCTS)
    ]


def _accounts(planter: Planter) -> list[Record]:
    accounts: list[Record] = []
    for number, (name, industry, employees, domain, city, country) in enumerate(COMPANIES):
        accounts.append(planter.add(
            "Accounts", number, 190 - 6 * number, Account_Name=name, Industry=industry,
            Employees=employees, Website=f"https://www.{domain}.example",
            Phone=f"+49 30 555 01{number:02d}", Annual_Revenue=employees * 110_000.0,
            Account_Type=("Customer", "Prospect", "Partner")[number % 3], Billing_City=city,
            Billing_Country=country, Account_Number=f"A-{1000 + number}",
            Parent_Account=accounts[3]["id"] if number == 6 else None))
    return accounts


def _contacts(planter: Planter, accounts: list[Record]) -> list[Record]:
    contacts = []
    for number in range(60):
        first, last = _person(number)
        company = COMPANIES[number % len(COMPANIES)]
        contacts.append(planter.add(
            "Contacts", number, 180 - 2 * number, First_Name=first, Last_Name=last,
            Email=_email(first, last, company[3]), Phone=f"+49 30 555 2{number:03d}",
            Mobile=f"+49 151 555 {number:04d}", Title=TITLES[number % len(TITLES)],
            Account_Name=accounts[number % len(accounts)]["id"], Mailing_City=company[4],
            Mailing_Country=company[5], Lead_Source=_SOURCES[number % len(_SOURCES)],
            Date_of_Birth=f"19{70 + number % 30}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"))
    return contacts


def _deals(planter: Planter, accounts: list[Record], contacts: list[Record],
           campaigns: list[Record]) -> list[Record]:
    subjects = ("Tablets for the field", "Route planning", "Stock system", "Portal licences",
                "Support contract")
    return [
        planter.add(
            "Deals", number, 100 - 2 * number, Deal_Name=f"{account['Account_Name']}: "
            f"{subjects[number % 5]}", Account_Name=account["id"],
            Contact_Name=contacts[number % len(contacts)]["id"],
            Stage=_STAGES[number % len(_STAGES)], Pipeline="Standard (Standard)",
            Amount=4_500.0 + 1_750.0 * number, Closing_Date=planter.day(5 * number - 40),
            Type=("New Business", "Existing Business")[number % 2],
            Lead_Source=_SOURCES[number % len(_SOURCES)],
            Campaign_Source=campaigns[number % 6]["id"] if number % 3 == 0 else None)
        for number, account in ((n, accounts[n % len(accounts)]) for n in range(36))
    ]


def _leads(planter: Planter) -> list[Record]:
    leads = []
    for number in range(72):
        first, last = _person(number + 61)
        name, industry, employees, domain, city, country = COMPANIES[(number * 5) % 24]
        branch = f"{name} {city}" if number < 24 else f"{name} {('Nord', 'South')[number % 2]}"
        leads.append(planter.add(
            "Leads", number, 90 - number, First_Name=first, Last_Name=last, Company=branch,
            Email=_email(first, last, domain), Phone=f"+44 20 7946 {number:04d}",
            Designation=TITLES[number % len(TITLES)], Lead_Source=_SOURCES[number % 7],
            Lead_Status=_STATUSES[number % len(_STATUSES)], Industry=industry,
            No_of_Employees=employees, Annual_Revenue=employees * 95_000.0, City=city,
            Country=country, Website=f"https://www.{domain}.example", Score=float(number % 100),
            Languages=[("English", "German", "French", "Spanish")[number % 4]],
            Follow_Up_Date=planter.day(number % 30), Email_Opt_Out=number % 9 == 0,
            External_Reference=f"REF-{number + 1:04d}",
            Rating=("Active", "Acquired", None)[number % 3],
            Description="Met at the fair; interested in tablets." if number % 4 == 0 else None))
    return leads


def _activities(planter: Planter, leads: list[Record], contacts: list[Record],
                deals: list[Record]) -> None:
    for number in range(20):
        about = {"What_Id": deals[number]["id"], "Who_Id": contacts[number]["id"]} \
            if number % 2 else {"What_Id": leads[number]["id"]}
        planter.add("Tasks", number, 20 - number, Due_Date=planter.day(number - 5),
                    Subject=("Call back", "Send offer", "Prepare demo", "Check terms")[number % 4],
                    Status=("Not Started", "In Progress", "Completed")[number % 3],
                    Priority=("Normal", "High", "Low")[number % 3], **about)
    for number in range(10):
        name = contacts[number]["Full_Name"]
        planter.add("Events", number, 15 - number, Event_Title=f"Demo for {name}",
                    Start_DateTime=planter.moment(number - 3, 9 + number % 6),
                    End_DateTime=planter.moment(number - 3, 10 + number % 6),
                    Venue=COMPANIES[number][4], Who_Id=contacts[number]["id"],
                    What_Id=deals[number]["id"])
        planter.add("Calls", number, 15 - number, Subject=f"Call with {name}",
                    Call_Type=("Outbound", "Inbound")[number % 2],
                    Call_Start_Time=planter.moment(-10 + number, 11),
                    Call_Duration=f"{4 + number}:30",
                    Call_Purpose="Prospecting", Who_Id=contacts[number]["id"],
                    What_Id=deals[number]["id"])
    for number in range(6):
        planter.add("Cases", number, 12 - number, Subject=f"Login fails on tablet {number + 1}",
                    Case_Origin=("Email", "Phone", "Web")[number % 3],
                    Status=("New", "On Hold", "Closed")[number % 3], Priority="Normal",
                    Related_To=contacts[number]["id"],
                    Account_Name=contacts[number]["Account_Name"])


def _papers(planter: Planter, deals: list[Record], products: list[Record]) -> None:
    def rows(number: int) -> list[dict[str, Any]]:
        return [
            {"Product_Name": product["id"], "Quantity": float(2 + number + line),
             "List_Price": product["Unit_Price"], "Discount": 10.0 * line, "Tax": 0.0,
             "Sequence_Number": line + 1}
            for line, product in enumerate(products[number % 7:number % 7 + 3])
        ]

    for number, deal in enumerate(deals[:8]):
        parties = {"Deal_Name": deal["id"], "Account_Name": deal["Account_Name"],
                   "Contact_Name": deal["Contact_Name"]}
        quote = planter.add("Quotes", number, 30 - number, Subject=f"Quote for {deal['Deal_Name']}",
                            Quote_Stage=("Draft", "Delivered", "Confirmed")[number % 3],
                            Valid_Till=planter.day(30 + number),
                            rows={"Quoted_Items": rows(number)}, **parties)
        if number % 2 == 0:
            order = planter.add("Sales_Orders", number, 20 - number, Quote_Name=quote["id"],
                                Subject=f"Order for {deal['Deal_Name']}",
                                Due_Date=planter.day(20), rows={"Ordered_Items": rows(number)},
                                **parties)
            planter.add("Invoices", number, 10 - number, Subject=f"Invoice for {deal['Deal_Name']}",
                        Sales_Order=order["id"], Invoice_Date=planter.day(-5),
                        Due_Date=planter.day(25), rows={"Invoiced_Items": rows(number)},
                        **parties)
    planter.add("Purchase_Orders", 0, 25, Subject="Tablets for the next quarter",
                Vendor_Name=products[0]["Vendor_Name"], PO_Number="PO-2001",
                rows={"Purchase_Items": rows(0)})
    planter.add("Price_Books", 0, 200, Price_Book_Name="Public sector", Pricing_Model="Flat",
                rows={"Pricing_Details": [
                    {"From_Range": 1.0, "To_Range": 50.0, "Discount": 5.0},
                    {"From_Range": 51.0, "To_Range": 500.0, "Discount": 12.0}]})
    for number, question in enumerate(("How is a tablet reset?", "How is a route shared?")):
        planter.add("Solutions", number, 50, Solution_Title=question, Status="Reviewed",
                    Question=question, Answer="Hold both buttons for ten seconds.",
                    Product_Name=products[number]["id"], Published=True)


def _links(planter: Planter, leads: list[Record], contacts: list[Record], deals: list[Record],
           campaigns: list[Record], products: list[Record]) -> None:
    link = planter.store.link
    for number in range(18):
        link(("Campaigns", campaigns[number % 6]["id"]), ("Leads", leads[number]["id"]))
        link(("Products", products[number % 10]["id"]), ("Leads", leads[number]["id"]))
    for number in range(12):
        link(("Campaigns", campaigns[number % 6]["id"]), ("Contacts", contacts[number]["id"]))
        link(("Products", products[number % 10]["id"]), ("Deals", deals[number]["id"]))
        link(("Deals", deals[number]["id"]), ("Contacts", contacts[number]["id"]),
             {"Contact_Role": "Decision Maker" if number % 2 else "Technical Evaluator"})


def _notes(planter: Planter, parents: list[Record]) -> None:
    for number, parent in enumerate(parents):
        title, content = NOTES[number % len(NOTES)]
        planter.add("Notes", number, 30 - number % 25, Note_Title=title, Note_Content=content,
                    Parent_Id=parent["id"])


def _files(planter: Planter, leads: list[Record], accounts: list[Record],
           deals: list[Record]) -> None:
    org = planter.org
    for number, lead in enumerate(leads[:6]):
        blob = planter.blob(f"Requirements {number + 1}.pdf",
                            pdf(f"Requirements of {lead['Company']}"), "application/pdf")
        attach(org, lead["id"], blob, planter.user(number), planter.next_id(),
               planter.moment(-20 + number))
    for number, deal in enumerate(deals[:4]):
        rows = "Item;Quantity;Price\n" + "".join(
            f"{name};{number + 2};{price:.2f}\n" for name, _, price, _ in _PRODUCTS[:4])
        blob = planter.blob(f"Calculation {number + 1}.csv", rows.encode(), "text/csv")
        attach(org, deal["id"], blob, planter.user(number), planter.next_id(),
               planter.moment(-12 + number))
    logo = planter.blob("logo.png", png(64, 64, (38, 98, 166)), "image/png")
    attach(org, accounts[0]["id"], logo, planter.user(0), planter.next_id(), planter.moment(-60))
    attach_link(org, accounts[1]["id"], "Company profile", "https://www.bluefin.example/profile",
                planter.user(1), planter.next_id(), planter.moment(-50))


def _projects(planter: Planter, accounts: list[Record], deals: list[Record]) -> None:
    for number in range(8):
        planter.add(
            "Projects", number, 40 - number, Name=f"Roll-out at {accounts[number]['Account_Name']}",
            Account=accounts[number]["id"], Deal=deals[number]["id"],
            Status=("Planned", "Running", "On Hold", "Done")[number % 4],
            Technologies=[("Python", "JavaScript", "Go")[number % 3]],
            Start_Date=planter.day(10 * number - 20), Budget=20_000.0 + 5_000 * number,
            Progress=12.5 * number, Team_Size=2 + number, Project_Code=f"PRJ-{number + 1:03d}",
            Lead_Engineer=planter.user(number).id,
            rows={"Milestones": [
                {"Title": title, "Due_Date": planter.day(10 * number + days), "Payment": 2_000.0,
                 "Reached": days == 0}
                for title, days in (("Kick-off", 0), ("Pilot", 30), ("Handover", 60))]})


def _tags(planter: Planter, leads: list[Record], deals: list[Record]) -> None:
    colours = {"Hot": "#F17574", "Newsletter": "#57B1FD", "Fair": "#63C57E"}
    for module, records in (("Leads", leads), ("Deals", deals)):
        tags = [make_tag(planter.org, module, name, planter.user(0), colour,
                         planter.next_id()) for name, colour in colours.items()]
        for number, record in enumerate(records):
            if number % 4 == 0:
                planter.store.put(module, {**record, "Tag": [tags[number // 4 % 3].id]})
