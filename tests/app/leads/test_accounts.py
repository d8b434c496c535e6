"""The lead desk's accounts, joined with contacts and deals by a bounded number of requests."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.app.leads.browser import page_text, row_headings
from tests.app.zoho import Zoho

pytestmark = pytest.mark.django_db


def account_with(zoho: Zoho, name: str, contacts: int, amounts: list[int | None]) -> str:
    """Create an account with contacts and deals, and return its id."""
    account = zoho.create("Accounts", Account_Name=name)
    link: dict[str, Any] = {"Account_Name": {"id": account["id"]}}
    if contacts:
        zoho.create("Contacts", contacts, **link)
    for amount in amounts:
        zoho.create("Deals", Amount=amount, **link)
    return str(account["id"])


def cells(page: str, name: str) -> list[str]:
    """Return the numbers in the row of an account."""
    row = next(row for row in re.findall(r"<tr>(.*?)</tr>", page, re.S) if f">{name}<" in row)
    return re.findall(r'<td class="number"[^>]*>(.*?)</td>', row)


def test_the_list_counts_contacts_and_deals(browser: Client, zoho: Zoho) -> None:
    account_with(zoho, "Brook", contacts=3, amounts=[1000, 250, None])
    account_with(zoho, "Acme", contacts=0, amounts=[])

    response = browser.get("/accounts/")

    assert row_headings(response) == ["Acme", "Brook"]
    page = response.content.decode()
    assert cells(page, "Brook") == ["3", "3", "1,250"]
    assert cells(page, "Acme") == ["0", "0", ""]


@pytest.mark.parametrize("number", [1, 60])
def test_the_list_takes_four_requests_whatever_the_number_of_rows(
    browser: Client, zoho: Zoho, number: int
) -> None:
    for at in range(number):
        account_with(zoho, f"Account {at}", contacts=2, amounts=[5])
    browser.get("/accounts/")  # fetches metadata, which is cached for ten minutes
    before = len(zoho.requests_to("*", "/crm/*"))

    response = browser.get("/accounts/")

    assert len(row_headings(response)) == min(number, 20)
    assert len(zoho.requests_to("*", "/crm/*")) == before + 4


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 500])
def test_an_account_takes_four_requests_whatever_the_number_of_rows(
    browser: Client, zoho: Zoho, number: int
) -> None:
    account = account_with(zoho, "Acme", contacts=number, amounts=[10] * number)
    account_with(zoho, "Brook", contacts=7, amounts=[1])
    browser.get(f"/accounts/{account}/")  # fetches metadata
    before = len(zoho.requests_to("*", "/crm/*"))

    response = browser.get(f"/accounts/{account}/")

    assert len(zoho.requests_to("*", "/crm/*")) == before + 4
    assert len(row_headings(response)) == 2 * min(number, 50)
    plural = "deal" if number == 1 else "deals"
    assert f"{number} {plural}, worth {number * 10:,}" in page_text(response)
    assert ("At most 50 of each are shown." in page_text(response)) is (number > 50)


@pytest.mark.zcrm_emulator(data="demo")
def test_a_deal_names_its_contact_and_the_day(browser: Client, zoho: Zoho) -> None:
    deal = zoho.records("Deals")[0]

    text = page_text(browser.get(f"/accounts/{deal['Account_Name']['id']}/"))

    year, month, day = deal["Closing_Date"].split("-")
    assert deal["Contact_Name"]["name"] in text
    assert f"{month}/{day}/{year}" in text  # in the language of the tests, en-us


def test_accounts_page_without_rows_shows_message(browser: Client, zoho: Zoho) -> None:
    assert "There are no accounts yet." in page_text(browser.get("/accounts/"))
    account = account_with(zoho, "Acme", contacts=0, amounts=[])

    text = page_text(browser.get(f"/accounts/{account}/"))

    assert "No contacts yet." in text
    assert "There are no deals yet." in text


def test_unknown_account_returns_404(browser: Client) -> None:
    response = browser.get("/accounts/3652397000009999999/")

    assert response.status_code == 404
    assert "leads nowhere" in page_text(response)
