"""COQL of the emulator: what it takes, what it answers, what it refuses, and how fast."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.emulator.coql.syntax import (
    AGGREGATES,
    COMPARISONS,
    Column,
    Condition,
    Junction,
    Order,
    Predicate,
    Query,
    Value,
    parse,
)
from django_zcrm.emulator.problems import Problem
from tests.emulator.caller import Caller, connected


@pytest.fixture(scope="module")
def caller() -> Caller:
    """An organisation with the records that the queries below ask for."""
    found = connected()
    create(
        found,
        "Accounts",
        [
            {"Account_Name": "Acme", "Annual_Revenue": 100.5, "Industry": "Technology"},
            {"Account_Name": "O'Brien (Sons)", "Annual_Revenue": 50},
            {"Account_Name": "Zeta"},
        ],
    )
    accounts = {
        row["Account_Name"]: row["id"]
        for row in query(found, "select Account_Name from Accounts where id is not null")["data"]
    }
    create(
        found,
        "Contacts",
        [
            {
                "Last_Name": "Wong",
                "Email": "w@acme.example",
                "Account_Name": {"id": accounts["Acme"]},
            },
            {"Last_Name": "Brien", "Account_Name": {"id": accounts["O'Brien (Sons)"]}},
            {"Last_Name": "Alone"},
        ],
    )
    return found


def create(caller: Caller, module: str, rows: list[dict[str, Any]]) -> list[str]:
    answer = caller.post(f"/crm/v8/{module}", {"data": rows})
    assert answer.status_code == 201, answer.text
    return [item["details"]["id"] for item in answer.json["data"]]


def ask(caller: Caller, text: str, version: str = "v8", **more: Any) -> Any:
    return caller.post(f"/crm/{version}/coql", {"select_query": text, **more})


def query(caller: Caller, text: str, version: str = "v8", **more: Any) -> dict[str, Any]:
    answer = ask(caller, text, version, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def names(
    caller: Caller, condition: str, module: str = "Accounts", column: str = "Account_Name"
) -> list[str]:
    answer = ask(caller, f"select {column} from {module} where {condition}")  # noqa: S608
    assert answer.status_code in (200, 204), answer.text
    return [row[column] for row in answer.json["data"]] if answer.status_code == 200 else []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Account_Name = 'acme'", ["Acme"]),
        ("Account_Name != 'Acme'", ["O'Brien (Sons)", "Zeta"]),
        (r"Account_Name = 'O\'Brien (Sons)'", ["O'Brien (Sons)"]),
        ("Account_Name = 'O''Brien (Sons)'", ["O'Brien (Sons)"]),
        ('Account_Name = "Zeta"', ["Zeta"]),
        ("Account_Name like '%e%'", ["Acme", "O'Brien (Sons)", "Zeta"]),
        ("Account_Name like 'a%'", ["Acme"]),
        ("Account_Name not like '%e%'", []),
        ("Account_Name in ('Acme', 'Zeta')", ["Acme", "Zeta"]),
        ("Account_Name not in ('Acme', 'Zeta')", ["O'Brien (Sons)"]),
        ("Annual_Revenue is null", ["Zeta"]),
        ("Annual_Revenue is not null", ["Acme", "O'Brien (Sons)"]),
        ("Annual_Revenue > 50", ["Acme"]),
        ("Annual_Revenue between 50 and 100.5", ["Acme", "O'Brien (Sons)"]),
        ("Annual_Revenue not between 60 and 200", ["O'Brien (Sons)", "Zeta"]),
        ("Industry = Technology", ["Acme"]),
        ("((Account_Name = 'Acme' or Account_Name = 'Zeta') and Annual_Revenue is null)", ["Zeta"]),
        ("Created_Time > '2001-01-01T00:00:00+00:00'", ["Acme", "O'Brien (Sons)", "Zeta"]),
    ],
)
def test_conditions_find_what_they_say(caller: Caller, condition: str, found: list[str]) -> None:
    assert names(caller, condition) == found


def test_nothing_found_is_no_content(caller: Caller) -> None:
    answer = ask(caller, "select id from Accounts where Account_Name = 'Nobody'")
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_dot_follows_a_lookup_and_the_key_is_the_whole_path(caller: Caller) -> None:
    rows = query(
        caller,
        "select Last_Name, Account_Name.Annual_Revenue, Owner.email from Contacts "
        "where Account_Name.Account_Name = 'Acme'",
    )["data"]
    assert [(row["Last_Name"], row["Account_Name.Annual_Revenue"]) for row in rows] == [
        ("Wong", 100.5)
    ]
    assert "@" in rows[0]["Owner.email"]
    assert rows[0]["id"]


def test_lookups_have_names_from_v7_on(caller: Caller) -> None:
    text = "select Account_Name from Contacts where Last_Name = 'Wong'"
    assert set(query(caller, text, "v6")["data"][0]["Account_Name"]) == {"id"}
    assert query(caller, text, "v7")["data"][0]["Account_Name"]["name"] == "Acme"


def test_an_arrow_follows_a_lookup_to_one_module_only(caller: Caller) -> None:
    (deal,) = create(
        caller,
        "Deals",
        [{"Deal_Name": "Arrow", "Stage": "Qualification", "Account_Name": {"id": first(caller)}}],
    )
    tasks = [
        {"Subject": "of a deal", "What_Id": {"id": deal}, "$se_module": "Deals"},
        {"Subject": "of an account", "What_Id": {"id": first(caller)}, "$se_module": "Accounts"},
    ]
    create(caller, "Tasks", tasks)
    column = "'What_Id->Accounts.Account_Name'"
    rows = query(caller, f"select {column} from Tasks where id is not null")["data"]  # noqa: S608
    assert [row["What_Id->Accounts.Account_Name"] for row in rows] == [None, "Acme"]
    assert names(caller, f"{column} is not null", "Tasks", "Subject") == ["of an account"]


def first(caller: Caller) -> str:
    row = query(caller, "select id from Accounts where Account_Name = 'Acme'")["data"][0]
    return str(row["id"])


def test_tags_are_shown_as_in_records_and_only_asked_whether_there_are_any(caller: Caller) -> None:
    text = "select Tag from Leads where Tag is not null order by Tag"
    create(caller, "Leads", [{"Last_Name": "Wong", "Tag": [{"name": "hot"}]}])
    (row,) = query(caller, text)["data"]
    assert [tag["name"] for tag in row["Tag"]] == ["hot"]
    grouped = query(caller, "select COUNT(id), Tag from Leads where id is not null group by Tag")
    assert [tag["name"] for tag in grouped["data"][-1]["Tag"]] == ["hot"]
    assert ask(caller, "select id from Leads where Tag = 'hot'").json["code"] == "INVALID_QUERY"


def test_long_numbers_may_be_negative(caller: Caller) -> None:
    create(caller, "Leads", [{"Last_Name": "Minus", "Customer_Number": "-5"}])
    assert names(caller, "Customer_Number < -4", "Leads", "Last_Name") == ["Minus"]


def test_order_limit_and_offset(caller: Caller) -> None:
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
        found = names(caller, text + orders, "Leads", "Last_Name")
        assert [name[-1] for name in found] == list(expected), orders


def test_empty_values_stand_last_in_either_order(caller: Caller) -> None:
    text = "select Account_Name from Accounts where id is not null order by Annual_Revenue "
    for direction in ("asc", "desc"):
        rows = query(caller, text + direction)["data"]
        assert rows[-1]["Account_Name"] == "Zeta"


def test_aggregates_have_literal_keys_and_no_id(caller: Caller) -> None:
    found = query(
        caller,
        "select SUM(Annual_Revenue), MIN(Annual_Revenue), MAX(Annual_Revenue), "
        "AVG(Annual_Revenue), COUNT(id) from Accounts where id is not null",
    )
    assert found["data"] == [
        {
            "SUM(Annual_Revenue)": 150.5,
            "MIN(Annual_Revenue)": 50,
            "MAX(Annual_Revenue)": 100.5,
            "AVG(Annual_Revenue)": 75.25,
            "COUNT(id)": 3,
        }
    ]
    assert found["info"] == {"count": 1, "more_records": False}


def test_groups_count_as_records(caller: Caller) -> None:
    found = query(
        caller,
        "select Industry, COUNT(id) as 'many' from Accounts where id is not null "
        "group by Industry order by 'many' desc",
    )
    assert found["data"] == [{"Industry": None, "many": 2}, {"Industry": "Technology", "many": 1}]
    assert found["info"]["count"] == 2


def test_converted_leads_are_hidden_unless_asked_for() -> None:
    caller = connected()
    lead, _ = create(
        caller,
        "Leads",
        [{"Last_Name": "One", "Company": "A"}, {"Last_Name": "Two", "Company": "B"}],
    )
    store = caller.emulator.world.organisation.records
    store.put("Leads", {**(store.get(lead) or {}), "Converted__s": True})
    assert names(caller, "id is not null", "Leads", "Last_Name") == ["Two"]
    assert names(caller, "Converted__s = 'true'", "Leads", "Last_Name") == ["One"]


def test_meta_data_comes_when_asked_for_and_granted(caller: Caller) -> None:
    text = "select Account_Name, Annual_Revenue from Accounts where id is not null"
    found = query(caller, text, include_meta=["fields"])
    assert found["fields"]["Annual_Revenue"]["data_type"] == "currency"
    poor = Caller(caller.emulator)
    poor.connect("ZohoCRM.coql.READ,ZohoCRM.modules.accounts.READ")
    answer = ask(poor, text, include_meta=["fields"])
    assert (answer.status_code, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


def test_the_module_needs_its_own_scope(caller: Caller) -> None:
    poor = Caller(caller.emulator)
    poor.connect("ZohoCRM.coql.READ,ZohoCRM.modules.leads.READ")
    answer = ask(poor, "select id from Accounts where id is not null")
    assert (answer.status_code, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("delete from Accounts where id is not null", {"clause": "select"}),
        ("select id from Accounts", {"clause": "where"}),
        ("select id", {"clause": "from"}),
        ("select id from Accounts where id is not null limit x", {"clause": "limit"}),
        ("select id from Accounts where (id is not null", {"near": "", "line": 1, "column": 46}),
        (
            "select id from Accounts where id = 1 and id = 2 and id = 3",
            {"near": "and", "line": 1, "column": 49},
        ),
        ("select id\nfrom Accounts\nwhere ~ = 1", {"near": "~", "line": 3, "column": 7}),
        (
            "select count(id) from Accounts where id is not null",
            {"near": "count(id)", "line": 1, "column": 8},
        ),
    ],
)
def test_a_syntax_error_tells_where(caller: Caller, text: str, details: dict[str, Any]) -> None:
    answer = ask(caller, text)
    assert (answer.status_code, answer.json["code"]) == (400, "SYNTAX_ERROR")
    assert answer.json["details"] == details


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        (
            "select Nonsense from Accounts where id is not null",
            "INVALID_QUERY",
            ("column_name", "Nonsense"),
        ),
        ("select id from Accounts where Account_Name > 'a'", "INVALID_QUERY", ("operator", ">")),
        (
            "select id from Accounts where Account_Name not like 'A%'",
            "INVALID_QUERY",
            ("reason", "not like takes '%text%' only"),
        ),
        (
            "select id from Leads where Customer_Number like '%5%'",
            "INVALID_QUERY",
            ("operator", "like"),
        ),
        ("select id from Leads where " + "(" * 2_000, "SYNTAX_ERROR", ("column", 128)),
        (
            "select id from Accounts where Annual_Revenue = 'much'",
            "INVALID_QUERY",
            ("column_name", "Annual_Revenue"),
        ),
        ("select id from Nothing where id is not null", "INVALID_QUERY", ("module", "Nothing")),
        (
            "select id as 'x' from Accounts where id is not null",
            "INVALID_ALIAS",
            ("column_name", "id"),
        ),
        (
            "select Phone as 'x', Fax as 'x' from Accounts where id is not null",
            "DUPLICATE_ALIAS",
            ("alias", "x"),
        ),
        (
            "select id from Accounts where id is not null order by Fax, Fax",
            "DUPLICATE_DATA",
            ("column_name", "Fax"),
        ),
        (
            "select Account_Name, COUNT(id) from Accounts where id is not null group by Industry",
            "INVALID_QUERY",
            ("column_name", "Account_Name"),
        ),
        (
            "select SUM(Account_Name) from Accounts where id is not null",
            "INVALID_QUERY",
            ("column_name", "Account_Name"),
        ),
        (
            "select id from Accounts where id is not null limit 2001",
            "LIMIT_EXCEEDED",
            ("limit", 2000),
        ),
        (
            "select id from Accounts where id is not null limit 2000 offset 99000",
            "LIMIT_EXCEEDED",
            ("limit", 100_000),
        ),
    ],
)
def test_refusals_name_what_is_wrong(
    caller: Caller, text: str, code: str, detail: tuple[str, Any]
) -> None:
    answer = ask(caller, text)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["details"][detail[0]] == detail[1]


@pytest.mark.parametrize(("version", "limit"), [("v2", 200), ("v3", 200), ("v4", 2000)])
def test_rows_of_a_call_are_limited_by_version(caller: Caller, version: str, limit: int) -> None:
    text = "select id from Accounts where id is not null limit "
    assert ask(caller, text + str(limit), version).status_code == 200
    refused = ask(caller, text + str(limit + 1), version).json
    assert refused["details"] == {"by": "limit", "limit": limit}


def test_a_page_of_100_000_records() -> None:
    caller = connected()
    store = caller.emulator.world.organisation.records
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
    query(caller, text)  # makes the order by name, which the table then remembers
    started = time.perf_counter()
    found = query(caller, text)
    print(f"a page of 100,000: {(time.perf_counter() - started) * 1000:.1f} ms")
    assert len(found["data"]) == 200
    assert found["info"]["more_records"]

    text = text.replace("by Account_Name", "by Annual_Revenue desc, Account_Name")
    query(caller, text)
    started = time.perf_counter()
    found = query(caller, text)
    print(f"with two orders: {(time.perf_counter() - started) * 1000:.1f} ms")
    assert [row["Account_Name"] for row in found["data"][:2]] == ["Account 13677", "Account 23447"]


WORDS = st.from_regex(r"[A-Z][A-Za-z]{1,8}_[A-Za-z]{1,8}(\.[A-Z][a-z]{2,6})?", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.one_of(
    TEXTS.map(Value),
    st.integers(-(10**6), 10**6).map(lambda number: Value(str(number), "number")),
    st.dates().map(lambda day: Value(day.isoformat(), "moment")),
)
PREDICATES = st.one_of(
    st.builds(Predicate, WORDS, st.sampled_from(COMPARISONS), st.tuples(VALUES)),
    st.builds(Predicate, WORDS, st.just("is null"), st.just(()), st.booleans()),
    st.builds(Predicate, WORDS, st.just("between"), st.tuples(VALUES, VALUES), st.booleans()),
    st.builds(
        Predicate,
        WORDS,
        st.just("in"),
        st.lists(VALUES, min_size=1, max_size=4).map(tuple),
        st.booleans(),
    ),
    st.builds(Predicate, WORDS, st.just("like"), st.tuples(TEXTS.map(Value)), st.booleans()),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    PREDICATES,
    lambda inner: st.builds(Junction, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=6,
)
QUERIES = st.builds(
    Query,
    columns=st.lists(
        st.builds(
            Column, WORDS, st.sampled_from(["", *AGGREGATES]), st.sampled_from(["", "Other_Name"])
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    module=st.sampled_from(["Leads", "Deals", "CustomModule1"]),
    condition=CONDITIONS,
    view=st.sampled_from(["", "1234567"]),
    group_by=st.lists(WORDS, max_size=2).map(tuple),
    order_by=st.lists(st.builds(Order, WORDS, st.booleans()), max_size=2).map(tuple),
    limit=st.integers(0, 2000),
    offset=st.integers(0, 1000),
)


@given(QUERIES)
def test_what_is_written_reads_back_the_same(written: Query) -> None:
    assert parse(str(written)) == written


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(f"select {text}")
    except Problem as problem:
        if problem.code != "SYNTAX_ERROR":
            raise
