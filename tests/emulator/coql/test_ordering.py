"""How COQL orders, pages and groups what it finds, and how fast."""

from __future__ import annotations

import time

import pytest

from ..caller import Caller, make_caller
from .asking import ask, create, names, query


def test_query_with_order_limit_and_offset_returns_the_window(caller: Caller) -> None:
    text = "select Account_Name from Accounts where id is not null order by Account_Name desc "
    first = query(caller, text + "limit 2")
    assert [row["Account_Name"] for row in first["data"]] == ["Zeta", "O'Brien (Sons)"]
    assert first["info"] == {"count": 2, "more_records": True}
    second = query(caller, text + "limit 2 offset 2")
    assert [row["Account_Name"] for row in second["data"]] == ["Acme"]
    assert second["info"] == {"count": 1, "more_records": False}
    assert query(caller, text + "limit 2, 2") == second


def test_later_orders_decide_among_equals(caller: Caller) -> None:
    rows = [("b", 9), ("a", 10), ("b", 10), ("a", None), ("b", 9)]
    create(
        caller,
        "Leads",
        [
            {"Last_Name": f"Order {at}", "City": city, "Customer_Number": number and str(number)}
            for at, (city, number) in enumerate(rows)
        ],
    )
    text = "Last_Name like 'Order %' order by "
    for orders, expected in (
        ("City, Customer_Number", "13042"),
        ("City desc, Customer_Number desc", "20413"),
        ("Customer_Number, City desc", "04213"),
        ("Customer_Number", "04123"),
    ):
        ordered = names(caller, text + orders, "Leads", "Last_Name")
        assert [name[-1] for name in ordered] == list(expected), orders


def test_empty_values_are_last_in_both_orders(caller: Caller) -> None:
    text = "select Account_Name from Accounts where id is not null order by Annual_Revenue "
    for direction in ("asc", "desc"):
        rows = query(caller, text + direction)["data"]
        assert rows[-1]["Account_Name"] == "Zeta"


def test_aggregates_have_literal_keys_and_no_id(caller: Caller) -> None:
    answer = query(
        caller,
        "select SUM(Annual_Revenue), MIN(Annual_Revenue), MAX(Annual_Revenue), "
        "AVG(Annual_Revenue), COUNT(id) from Accounts where id is not null",
    )
    assert answer["data"] == [
        {
            "SUM(Annual_Revenue)": 150.5,
            "MIN(Annual_Revenue)": 50,
            "MAX(Annual_Revenue)": 100.5,
            "AVG(Annual_Revenue)": 75.25,
            "COUNT(id)": 3,
        }
    ]
    assert answer["info"] == {"count": 1, "more_records": False}


def test_groups_count_as_records(caller: Caller) -> None:
    answer = query(
        caller,
        "select Industry, COUNT(id) as 'many' from Accounts where id is not null "
        "group by Industry order by 'many' desc",
    )
    assert answer["data"] == [{"Industry": None, "many": 2}, {"Industry": "Technology", "many": 1}]
    assert answer["info"]["count"] == 2


@pytest.mark.parametrize(("version", "limit"), [("v2", 200), ("v3", 200), ("v4", 2000)])
def test_rows_of_a_call_are_limited_by_version(caller: Caller, version: str, limit: int) -> None:
    text = "select id from Accounts where id is not null limit "
    assert ask(caller, text + str(limit), version).status_code == 200
    refused = ask(caller, text + str(limit + 1), version).json
    assert refused["details"] == {"by": "limit", "limit": limit}


@pytest.mark.slow
def test_query_beyond_100000_records_is_refused() -> None:
    caller = make_caller()
    store = caller.emulator.zoho.organisation.records
    for number in range(100_000):
        store.put(
            "Accounts",
            {
                "id": str(10**18 + number),
                "Account_Name": f"Account {number}",
                "Annual_Revenue": number % 977,
                "Industry": None,
            },
        )
    text = (
        "select Account_Name from Accounts where (Annual_Revenue > 500 and "
        "Account_Name like '%7') order by Account_Name limit 200"
    )
    query(caller, text)  # sorts by name, which the table then caches
    started = time.perf_counter()
    answer = query(caller, text)
    print(f"a page of 100,000: {(time.perf_counter() - started) * 1000:.1f} ms")
    assert len(answer["data"]) == 200
    assert answer["info"]["more_records"]

    text = text.replace("by Account_Name", "by Annual_Revenue desc, Account_Name")
    query(caller, text)
    started = time.perf_counter()
    answer = query(caller, text)
    print(f"with two orders: {(time.perf_counter() - started) * 1000:.1f} ms")
    assert [row["Account_Name"] for row in answer["data"][:2]] == ["Account 13677", "Account 23447"]
