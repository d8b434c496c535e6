"""What a COQL query finds: conditions, lookups, tags, and required scopes."""

from __future__ import annotations

from tests.cases import check_each

from ..caller import Caller, make_caller
from .asking import ask, create, names, query


@check_each(
    ("condition", "found"),
    [
        ("Account_Name = 'acme'", ["Acme"]),
        ("Account_Name != 'Acme'", ["O'Brien (Sons)", "Zeta"]),
        (r"Account_Name = 'O\'Brien (Sons)'", ["O'Brien (Sons)"]),
        ("Account_Name = 'O''Brien (Sons)'", ["O'Brien (Sons)"]),
        ('Account_Name = "Zeta"', ["Zeta"]),
        ("Account_Name like '%e%'", ["Acme", "O'Brien (Sons)", "Zeta"]),
        ("Account_Name like 'a%'", ["Acme"]),
        ("Account_Name like '%e%a'", ["Zeta"]),
        ("Account_Name like 'o%(%o%s)'", ["O'Brien (Sons)"]),
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
def test_condition_finds_its_records(caller: Caller, condition: str, found: list[str]) -> None:
    assert names(caller, condition) == found


def test_like_with_many_wildcards_is_answered() -> None:
    """Trying all divisions of the text would not end."""
    caller = make_caller()
    create(caller, "Accounts", [{"Account_Name": "a" * 80}])

    assert names(caller, f"Account_Name like '{'%a' * 30}'") == ["a" * 80]
    assert names(caller, f"Account_Name like '{'%a' * 30}%b'") == []


def test_nothing_found_is_no_content(caller: Caller) -> None:
    answer = ask(caller, "select id from Accounts where Account_Name = 'Nobody'")
    assert (answer.status_code, answer.data) == (204, b"")


def test_dot_follows_a_lookup_and_the_key_is_the_whole_path(caller: Caller) -> None:
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


def test_arrow_follows_a_lookup_to_one_module_only(caller: Caller) -> None:
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


def test_tags_in_queries_support_null_checks_only(caller: Caller) -> None:
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


def test_converted_leads_are_hidden_by_default() -> None:
    caller = make_caller()
    lead, _ = create(
        caller,
        "Leads",
        [{"Last_Name": "One", "Company": "A"}, {"Last_Name": "Two", "Company": "B"}],
    )
    store = caller.emulator.zoho.organisation.records
    store.put("Leads", {**(store.get(lead) or {}), "Converted__s": True})
    assert names(caller, "id is not null", "Leads", "Last_Name") == ["Two"]
    assert names(caller, "Converted__s = 'true'", "Leads", "Last_Name") == ["One"]


def test_query_metadata_needs_option_and_scope(caller: Caller) -> None:
    text = "select Account_Name, Annual_Revenue from Accounts where id is not null"
    found = query(caller, text, include_meta=["fields"])
    assert found["fields"]["Annual_Revenue"]["data_type"] == "currency"
    poor = Caller(caller.emulator)
    poor.connect("ZohoCRM.coql.READ,ZohoCRM.modules.accounts.READ")
    answer = ask(poor, text, include_meta=["fields"])
    assert (answer.status_code, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


def test_module_needs_its_own_scope(caller: Caller) -> None:
    poor = Caller(caller.emulator)
    poor.connect("ZohoCRM.coql.READ,ZohoCRM.modules.leads.READ")
    answer = ask(poor, "select id from Accounts where id is not null")
    assert (answer.status_code, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
