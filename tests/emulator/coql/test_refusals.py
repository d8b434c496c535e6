"""COQL that is refused, and the errors in the responses."""

from __future__ import annotations

from typing import Any

from tests.cases import check_each

from ..caller import Caller
from .asking import ask


@check_each(
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
def test_syntax_error_names_the_place(caller: Caller, text: str, details: dict[str, Any]) -> None:
    answer = ask(caller, text)
    assert (answer.status_code, answer.json["code"]) == (400, "SYNTAX_ERROR")
    assert answer.json["details"] == details


@check_each(
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
def test_invalid_query_error_names_the_cause(
    caller: Caller, text: str, code: str, detail: tuple[str, Any]
) -> None:
    answer = ask(caller, text)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["details"][detail[0]] == detail[1]
