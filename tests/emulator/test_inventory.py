"""Quotes become orders and invoices."""

from __future__ import annotations

from .api import Api


def test_quote_becomes_an_order_and_an_invoice_once(v8: Api) -> None:
    quote = v8.first_id("Quotes")
    before = v8.record("Quotes", quote)
    body = {"convert_to": [{"module": {"api_name": "Sales_Orders"}}]}
    done = v8.post(f"Quotes/{quote}/actions/convert", body).json["data"][0]
    order = done["details"]["Sales_Orders"]["id"]
    made = v8.record("Sales_Orders", order)
    assert made["Quote_Name"]["id"] == quote
    assert made["Grand_Total"] == before["Grand_Total"]
    assert [row["Product_Name"]["id"] for row in made["Ordered_Items"]] == [
        row["Product_Name"]["id"] for row in before["Quoted_Items"]
    ]
    again = v8.post(f"Quotes/{quote}/actions/convert", body)
    assert again.json["code"] == "ID_ALREADY_CONVERTED"
    invoiced = v8.post(
        f"Sales_Orders/{order}/actions/convert",
        {"convert_to": [{"module": {"api_name": "Invoices"}}]},
    )
    assert "Invoices" in invoiced.json["data"][0]["details"]
    wrong = v8.post(f"Sales_Orders/{order}/actions/convert", body)
    assert wrong.json["details"]["supported_values"] == ["Invoices"]
    assert v8.post(f"Deals/{order}/actions/convert", body).json["code"] == "NOT_SUPPORTED"


def test_many_quotes_are_converted_by_a_job(v8: Api) -> None:
    quotes = [row["id"] for row in v8.rows("Quotes", per_page=2)]
    owner = list(v8.org.users)[1]
    started = v8.post(
        "Quotes/actions/mass_convert",
        {
            "convert_to": [{"module": {"api_name": "Invoices"}}],
            "assign_to": {"id": owner},
            "ids": [*quotes, "99"],
        },
    )
    assert (started.status_code, started.json["code"]) == (202, "SCHEDULED")
    job = started.json["details"]["job_id"]
    looks = [v8.get("Quotes/actions/mass_convert", job_id=job).json for _ in range(2)]
    assert [look["status"] for look in looks] == ["running", "completed"]
    assert (looks[1]["converted_count"], looks[1]["failed_count"]) == (2, 1)
    assert v8.record("Invoices", v8.first_id("Invoices"))["Owner"]["id"] == owner
