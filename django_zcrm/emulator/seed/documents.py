"""Related data of the demo's records: activities, quotes, notes, files, projects, tags.

Builds on the records that demo.py adds.
"""

from __future__ import annotations

from typing import Any

from ..engine.files import attach, attach_link
from ..engine.generated_files import pdf, png
from ..engine.tagging import make_tag
from ..state import StoredRecord
from .names import COMPANIES, NOTES, PRODUCTS
from .seeder import Seeder


def add_activities(
    seeder: Seeder,
    leads: list[StoredRecord],
    contacts: list[StoredRecord],
    deals: list[StoredRecord],
) -> None:
    """Add tasks, meetings, calls and cases."""
    _add_tasks(seeder, leads, contacts, deals)
    _add_meetings_and_calls(seeder, contacts, deals)
    _add_cases(seeder, contacts)


def _add_tasks(
    seeder: Seeder,
    leads: list[StoredRecord],
    contacts: list[StoredRecord],
    deals: list[StoredRecord],
) -> None:
    for number in range(20):
        about = (
            {"What_Id": deals[number]["id"], "Who_Id": contacts[number]["id"]}
            if number % 2
            else {"What_Id": leads[number]["id"]}
        )
        seeder.add(
            "Tasks",
            number,
            20 - number,
            Due_Date=seeder.day(number - 5),
            Subject=("Call back", "Send offer", "Prepare demo", "Check terms")[number % 4],
            Status=("Not Started", "In Progress", "Completed")[number % 3],
            Priority=("Normal", "High", "Low")[number % 3],
            **about,
        )


def _add_meetings_and_calls(
    seeder: Seeder, contacts: list[StoredRecord], deals: list[StoredRecord]
) -> None:
    for number in range(10):
        name = contacts[number]["Full_Name"]
        seeder.add(
            "Events",
            number,
            15 - number,
            Event_Title=f"Demo for {name}",
            Start_DateTime=seeder.moment(number - 3, 9 + number % 6),
            End_DateTime=seeder.moment(number - 3, 10 + number % 6),
            Venue=COMPANIES[number][4],
            Who_Id=contacts[number]["id"],
            What_Id=deals[number]["id"],
        )
        seeder.add(
            "Calls",
            number,
            15 - number,
            Subject=f"Call with {name}",
            Call_Type=("Outbound", "Inbound")[number % 2],
            Call_Start_Time=seeder.moment(-10 + number, 11),
            Call_Duration=f"{4 + number}:30",
            Call_Purpose="Prospecting",
            Who_Id=contacts[number]["id"],
            What_Id=deals[number]["id"],
        )


def _add_cases(seeder: Seeder, contacts: list[StoredRecord]) -> None:
    for number in range(6):
        seeder.add(
            "Cases",
            number,
            12 - number,
            Subject=f"Login fails on tablet {number + 1}",
            Case_Origin=("Email", "Phone", "Web")[number % 3],
            Status=("New", "On Hold", "Closed")[number % 3],
            Priority="Normal",
            Related_To=contacts[number]["id"],
            Account_Name=contacts[number]["Account_Name"],
        )


def add_documents(seeder: Seeder, deals: list[StoredRecord], products: list[StoredRecord]) -> None:
    """Add quotes, orders, invoices, a price book and solutions."""

    _add_sales(seeder, deals, products)
    _add_purchases(seeder, products)
    _add_solutions(seeder, products)


def _rows(number: int, products: list[StoredRecord]) -> list[dict[str, Any]]:
    """Return three lines of a document."""
    return [
        {
            "Product_Name": product["id"],
            "Quantity": float(2 + number + line),
            "List_Price": product["Unit_Price"],
            "Discount": 10.0 * line,
            "Tax": 0.0,
            "Sequence_Number": line + 1,
        }
        for line, product in enumerate(products[number % 7 : number % 7 + 3])
    ]


def _add_sales(seeder: Seeder, deals: list[StoredRecord], products: list[StoredRecord]) -> None:
    for number, deal in enumerate(deals[:8]):
        parties = {
            "Deal_Name": deal["id"],
            "Account_Name": deal["Account_Name"],
            "Contact_Name": deal["Contact_Name"],
        }
        quote = seeder.add(
            "Quotes",
            number,
            30 - number,
            Subject=f"Quote for {deal['Deal_Name']}",
            Quote_Stage=("Draft", "Delivered", "Confirmed")[number % 3],
            Valid_Till=seeder.day(30 + number),
            rows={"Quoted_Items": _rows(number, products)},
            **parties,
        )
        if number % 2 == 0:
            order = seeder.add(
                "Sales_Orders",
                number,
                20 - number,
                Quote_Name=quote["id"],
                Subject=f"Order for {deal['Deal_Name']}",
                Due_Date=seeder.day(20),
                rows={"Ordered_Items": _rows(number, products)},
                **parties,
            )
            seeder.add(
                "Invoices",
                number,
                10 - number,
                Subject=f"Invoice for {deal['Deal_Name']}",
                Sales_Order=order["id"],
                Invoice_Date=seeder.day(-5),
                Due_Date=seeder.day(25),
                rows={"Invoiced_Items": _rows(number, products)},
                **parties,
            )


def _add_purchases(seeder: Seeder, products: list[StoredRecord]) -> None:
    seeder.add(
        "Purchase_Orders",
        0,
        25,
        Subject="Tablets for the next quarter",
        Vendor_Name=products[0]["Vendor_Name"],
        PO_Number="PO-2001",
        rows={"Purchase_Items": _rows(0, products)},
    )
    seeder.add(
        "Price_Books",
        0,
        200,
        Price_Book_Name="Public sector",
        Pricing_Model="Flat",
        rows={
            "Pricing_Details": [
                {"From_Range": 1.0, "To_Range": 50.0, "Discount": 5.0},
                {"From_Range": 51.0, "To_Range": 500.0, "Discount": 12.0},
            ]
        },
    )


def _add_solutions(seeder: Seeder, products: list[StoredRecord]) -> None:
    for number, question in enumerate(("How is a tablet reset?", "How is a route shared?")):
        seeder.add(
            "Solutions",
            number,
            50,
            Solution_Title=question,
            Status="Reviewed",
            Question=question,
            Response="Hold both buttons for ten seconds.",
            Product_Name=products[number]["id"],
            Published=True,
        )


def add_links(
    seeder: Seeder,
    leads: list[StoredRecord],
    contacts: list[StoredRecord],
    deals: list[StoredRecord],
    campaigns: list[StoredRecord],
    products: list[StoredRecord],
) -> None:
    """Link campaigns, products and contact roles to records."""
    link = seeder.store.link
    roles = list(seeder.store.contact_roles)
    for number in range(18):
        link(("Campaigns", campaigns[number % 6]["id"]), ("Leads", leads[number]["id"]))
        link(("Products", products[number % 10]["id"]), ("Leads", leads[number]["id"]))
    for number in range(12):
        link(("Campaigns", campaigns[number % 6]["id"]), ("Contacts", contacts[number]["id"]))
        link(("Products", products[number % 10]["id"]), ("Deals", deals[number]["id"]))
        link(
            ("Deals", deals[number]["id"]),
            ("Contacts", contacts[number]["id"]),
            {"Contact_Role": roles[number % len(roles)]},
        )


def add_notes(seeder: Seeder, parents: list[StoredRecord]) -> None:
    """Add notes."""
    for number, parent in enumerate(parents):
        title, content = NOTES[number % len(NOTES)]
        seeder.add(
            "Notes",
            number,
            30 - number % 25,
            Note_Title=title,
            Note_Content=content,
            Parent_Id=parent["id"],
        )


def add_files(
    seeder: Seeder,
    leads: list[StoredRecord],
    accounts: list[StoredRecord],
    deals: list[StoredRecord],
) -> None:
    """Add attachments with real bytes, and one link."""
    org = seeder.org
    for number, lead in enumerate(leads[:6]):
        blob = seeder.blob(
            f"Requirements {number + 1}.pdf",
            pdf(f"Requirements of {lead['Company']}"),
            "application/pdf",
        )
        attach(
            org,
            lead["id"],
            blob,
            seeder.user(number),
            seeder.next_id(),
            seeder.moment(-20 + number),
        )
    for number, deal in enumerate(deals[:4]):
        rows = "Item;Quantity;Price\n" + "".join(
            f"{name};{number + 2};{price:.2f}\n" for name, _, price, _ in PRODUCTS[:4]
        )
        blob = seeder.blob(f"Calculation {number + 1}.csv", rows.encode(), "text/csv")
        attach(
            org,
            deal["id"],
            blob,
            seeder.user(number),
            seeder.next_id(),
            seeder.moment(-12 + number),
        )
    logo = seeder.blob("logo.png", png(64, 64, (38, 98, 166)), "image/png")
    attach(org, accounts[0]["id"], logo, seeder.user(0), seeder.next_id(), seeder.moment(-60))
    attach_link(
        org,
        accounts[1]["id"],
        "Company profile",
        "https://www.bluefin.example/profile",
        seeder.user(1),
        seeder.next_id(),
        seeder.moment(-50),
    )


def add_projects(seeder: Seeder, accounts: list[StoredRecord], deals: list[StoredRecord]) -> None:
    """Add projects with their milestones."""
    for number in range(8):
        seeder.add(
            "Projects",
            number,
            40 - number,
            Name=f"Roll-out at {accounts[number]['Account_Name']}",
            Account=accounts[number]["id"],
            Deal=deals[number]["id"],
            Status=("Planned", "Running", "On Hold", "Done")[number % 4],
            Technologies=[("Python", "JavaScript", "Go")[number % 3]],
            Start_Date=seeder.day(10 * number - 20),
            Budget=20_000.0 + 5_000 * number,
            Progress=12.5 * number,
            Team_Size=2 + number,
            Project_Code=f"PRJ-{number + 1:03d}",
            Lead_Engineer=seeder.user(number).id,
            rows={
                "Milestones": [
                    {
                        "Title": title,
                        "Due_Date": seeder.day(10 * number + days),
                        "Payment": 2_000.0,
                        "Reached": days == 0,
                    }
                    for title, days in (("Kick-off", 0), ("Pilot", 30), ("Handover", 60))
                ]
            },
        )


def add_tags(seeder: Seeder, leads: list[StoredRecord], deals: list[StoredRecord]) -> None:
    """Tag some leads and deals."""
    colours = {"Hot": "#F17574", "Newsletter": "#57B1FD", "Fair": "#63C57E"}
    for module, records in (("Leads", leads), ("Deals", deals)):
        tags = [
            make_tag(seeder.org, module, name, seeder.user(0), colour, seeder.next_id())
            for name, colour in colours.items()
        ]
        for number, record in enumerate(records):
            if number % 4 == 0:
                seeder.store.put(module, {**record, "Tag": [tags[number // 4 % 3].id]})
