"""What Zoho documents and single users saw refused: taken by default, refused by option."""

from __future__ import annotations

import pytest

from ..caller import make_caller
from .asking import ask

BETWEEN = "select id from Leads where Follow_Up_Date between '2020-01-01' and '2040-01-01' limit 1"
FORMULA = "select Revenue_per_Employee from Leads where id is not null limit 1"
ORDERED = (
    "select Stage, SUM(Amount) from Deals where id is not null group by Stage order by SUM(Amount)"
)


@pytest.mark.parametrize(
    ("refused", "query", "message"),
    [
        ("between-dates", BETWEEN, "invalid operator found"),
        ("formulas", FORMULA, "column given seems to be invalid"),
        ("ordered-aggregates", ORDERED, "column given seems to be invalid"),
    ],
)
def test_contested_feature_with_the_option_is_refused(
    refused: str, query: str, message: str
) -> None:
    assert ask(make_caller(data="demo"), query).status_code == 200

    answer = ask(make_caller(data="demo", coql_refused=(refused,)), query)

    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_QUERY")
    assert answer.json["message"] == message


def test_counting_needs_no_group() -> None:
    rows = ask(make_caller(data="demo"), "select COUNT(id) from Leads where id is not null")

    assert [set(row) for row in rows.json["data"]] == [{"COUNT(id)"}]
