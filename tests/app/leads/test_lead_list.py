"""The lead desk's list: filters, order and pages of a record set."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.app.leads.browser import coql_queries, errors_at, page_text, row_headings
from tests.app.zoho import Zoho
from tests.cases import check_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(zoho: Zoho) -> None:
    """Create three leads that differ in everything that the list filters."""
    for last_name, company, status, source, revenue, created in (
        ("Adler", "Acme Marine", "Contacted", "Web Research", 1000, "2026-01-31T23:30:00-06:00"),
        ("Bauer", "Brook & Co", "Contacted", "Chat", 2500.5, "2026-02-01T00:00:00-06:00"),
        ("Costa", "Acme Air", "Lost Lead", "Chat", None, "2026-03-01T12:00:00-06:00"),
    ):
        zoho.create(
            "Leads",
            Last_Name=last_name,
            First_Name=None,
            Company=company,
            Email=f"{last_name.lower()}@mail.example",
            Lead_Status=status,
            Lead_Source=source,
            Annual_Revenue=revenue,
            Created_Time=created,
        )


def get_names(browser: Client, **query: Any) -> list[str]:
    """Return the names that the list shows, in order."""
    return row_headings(browser.get(f"/?{urlencode(query)}"))


@pytest.mark.usefixtures("leads")
@check_each(
    ("query", "names"),
    [
        ({}, ["Adler", "Bauer", "Costa"]),
        ({"text": "ADL"}, ["Adler"]),
        ({"text": "bauer@mail"}, ["Bauer"]),
        ({"text": "acme costa"}, ["Costa"]),
        ({"company": "acme"}, ["Adler", "Costa"]),
        ({"company": "Brook & Co"}, ["Bauer"]),
        ({"status": "Contacted"}, ["Adler", "Bauer"]),
        ({"source": "Chat", "status": "Contacted"}, ["Bauer"]),
        ({"revenue_from": "1000"}, ["Adler", "Bauer"]),
        ({"revenue_from": "0", "revenue_to": "2500.49"}, ["Adler"]),
        ({"created_to": "2026-01-31"}, ["Adler"]),
        ({"created_from": "2026-02-01", "created_to": "2026-02-01"}, ["Bauer"]),
        ({"text": "x)or(Last_Name:not_equal:y"}, []),
        ({"company": "Brook' or id is not null or Company = '"}, []),
    ],
)
def test_filters_find_those_that_match(
    browser: Client, query: dict[str, str], names: list[str]
) -> None:
    assert get_names(browser, **query, sort="name") == names


@pytest.mark.usefixtures("leads")
@check_each(
    ("sort", "names"),
    [
        ("", ["Costa", "Bauer", "Adler"]),
        ("-name", ["Costa", "Bauer", "Adler"]),
        ("company", ["Costa", "Adler", "Bauer"]),
        ("revenue", ["Adler", "Bauer", "Costa"]),
        ("-revenue", ["Bauer", "Adler", "Costa"]),
        ("nonsense", ["Costa", "Bauer", "Adler"]),
    ],
)
def test_a_column_sorts_the_list(browser: Client, sort: str, names: list[str]) -> None:
    assert get_names(browser, sort=sort) == names


@pytest.mark.usefixtures("leads")
def test_sorted_column_is_marked_and_links_to_reverse(browser: Client) -> None:
    page = browser.get("/?company=acme&sort=name&page=1").content.decode()

    assert '<th scope="col" aria-sort="ascending"><a href="?company=acme&amp;sort=-name">' in page
    assert page.count("aria-sort") == 1
    assert '<a href="?company=acme&amp;sort=created">' in page
    assert 'href="/leads/export/?company=acme"' in page


@pytest.mark.slow
@pytest.mark.zcrm_emulator(data="demo")
def test_page_makes_one_count_and_one_query(browser: Client, zoho: Zoho) -> None:
    first = browser.get("/?status=Contacted&text=e")  # too short: requests pick lists at most
    assert row_headings(first) == []
    first = browser.get("/")
    before = len(zoho.requests_to("*", "/crm/*"))
    second = browser.get("/?page=2")

    assert len(zoho.requests_to("*", "/crm/*")) == before + 2
    count, rows = coql_queries(zoho)[-2:]
    assert count == "select COUNT(id) from Leads where id is not null"
    assert rows.endswith("order by Created_Time desc, id asc limit 20 offset 20")
    assert len(row_headings(second)) == 20
    assert 'rel="next" href="?page=2"' in first.content.decode()
    assert "Previous" not in page_text(first)
    assert 'rel="prev" href="?page=1"' in second.content.decode()
    assert "Page 2 of 4" in page_text(second)


@pytest.mark.zcrm_emulator(data="demo")
def test_page_out_of_range_shows_nearest(browser: Client) -> None:
    assert "Page 4 of 4" in page_text(browser.get("/?page=99"))
    assert "Page 1 of 4" in page_text(browser.get("/?page=x"))


def test_list_over_maximum_shows_message_on_last_page(
    browser: Client, zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("example_project.leads.views.MAX_LISTED", 30)
    zoho.create("Leads", 31)

    assert "The list ends here" not in page_text(browser.get("/"))
    assert "The list ends here" in page_text(browser.get("/?page=2"))


@check_each(
    ("query", "field", "words"),
    [
        ({"text": "x"}, "text", "at least 2 characters"),
        ({"text": "50%"}, "text", "percent sign"),
        ({"text": "a b c d e f g h"}, "text", "25 conditions"),
        ({"company": "a\\b"}, "company", "backslash"),
        ({"status": "Nonsense"}, "status", "not one of the available choices"),
        ({"revenue_from": "much"}, "revenue_from", "Enter a number"),
        ({"revenue_from": "2", "revenue_to": "1"}, "revenue_to", "ends before it begins"),
        ({"revenue_from": "1e50"}, "revenue_from", "takes a number"),
        ({"created_to": "9999-12-31"}, "created_to", "a day before 9999-12-31"),
        ({"created_from": "1 May"}, "created_from", "valid date"),
        (
            {"created_from": "2026-05-02", "created_to": "2026-05-01"},
            "created_to",
            "ends before it begins",
        ),
    ],
)
def test_invalid_filter_shows_field_error_without_call(
    browser: Client, zoho: Zoho, query: dict[str, str], field: str, words: str
) -> None:
    response = browser.get("/", query)

    assert words in errors_at(response, field)
    assert coql_queries(zoho) == []
    assert "There are no leads" not in page_text(response)
    assert (" open>" in response.content.decode()) is (field not in ("text", "status"))


def test_list_without_results_shows_message(browser: Client) -> None:
    assert "There are no leads yet." in page_text(browser.get("/"))
    assert "No lead matches." in page_text(browser.get("/?company=nobody"))
