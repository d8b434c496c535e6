"""The lead desk's export: what the list's filters match, as a stream of CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from django_zcrm import Unreachable
from example_project.leads.export import BYTE_ORDER_MARK
from tests.app.leads.browser import coql_queries, errors_at, page_text
from tests.app.zoho import Zoho

pytestmark = pytest.mark.django_db

PATH = "/leads/export/"


def rows_of(response: Any) -> list[dict[str, str]]:
    """Return the lines of a CSV download by the names of its columns."""
    text = response.getvalue().decode("utf-8")
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


@pytest.mark.zcrm_emulator(data="demo")
def test_export_contains_all_matches_not_one_page(browser: Client, zoho: Zoho) -> None:
    response = browser.get(PATH)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="leads.csv"'
    rows = rows_of(response)
    stored = {lead["id"]: lead for lead in zoho.records("Leads")}
    assert [row["id"] for row in rows] == sorted(stored, key=int)
    for row in rows:
        assert row["Company"] == stored[row["id"]]["Company"]
        assert row["Owner__name"] == stored[row["id"]]["Owner"]["name"]


def test_export_applies_filters(browser: Client, zoho: Zoho) -> None:
    zoho.create("Leads", Company="Acme", Lead_Status="Contacted")
    zoho.create("Leads", Company="Acme", Lead_Status="Lost Lead")

    (row,) = rows_of(browser.get(PATH, {"company": "acme", "status": "Lost Lead", "sort": "name"}))

    assert row["Lead_Status"] == "Lost Lead"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('=HYPERLINK("http://evil.example")', '\'=HYPERLINK("http://evil.example")'),
        ("+1", "'+1"),
        ("-1+1|cmd", "'-1+1|cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ('Brook, "B" = 1', 'Brook, "B" = 1'),
    ],
)
def test_no_text_becomes_a_formula(browser: Client, zoho: Zoho, value: str, cell: str) -> None:
    zoho.create("Leads", Company=value, Annual_Revenue=-5)

    (row,) = rows_of(browser.get(PATH))

    assert row["Company"] == cell
    assert float(row["Annual_Revenue"]) == -5


@pytest.mark.slow
def test_export_streams_page_by_page(browser: Client, zoho: Zoho, configure: Any) -> None:
    configure(MAX_CACHED_RECORDS=10)  # a record set that kept its rows would raise
    zoho.create("Leads", 4_100)

    lines = iter(browser.get(PATH))
    for _ in range(1 + 2_000):
        next(lines)
    assert len(coql_queries(zoho)) == 1
    rest = sum(1 for _ in lines)

    assert rest == 2_100
    assert len(coql_queries(zoho)) == 3


def test_filters_that_are_wrong_are_shown_on_the_list(browser: Client, zoho: Zoho) -> None:
    response = browser.get(PATH, {"revenue_from": "much", "status": "Contacted"}, follow=True)

    assert response.redirect_chain == [("/?revenue_from=much&status=Contacted", 302)]
    assert "Enter a number" in errors_at(response, "revenue_from")
    assert coql_queries(zoho) == []


def test_an_error_before_the_first_line_is_a_page(browser: Client, zoho: Zoho) -> None:
    zoho.fail_next("coql.query", code="TOO_MANY_REQUESTS", headers={"Retry-After": "90"}, times=9)

    response = browser.get(PATH)

    assert response.status_code == 503
    assert "2 minutes" in page_text(response)


@pytest.mark.slow
def test_export_with_later_error_ends_with_message(
    browser: Client, zoho: Zoho, configure: Any
) -> None:
    configure(RETRIES=0)
    zoho.create("Leads", 2_001)
    lines = iter(browser.get(PATH))
    zoho.fail_next("coql.query", drop="before")
    received: list[bytes] = []

    with pytest.raises(Unreachable):
        received.extend(lines)

    assert len(received) == 2 + 2_000
    assert received[-1].startswith(b"The rest is missing: ")


def test_export_without_rows_has_only_a_header(browser: Client) -> None:
    assert rows_of(browser.get(PATH)) == []
