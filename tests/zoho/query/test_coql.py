"""COQL as text: nesting, limits, names, and quotes that no value escapes from."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.query import Q
from django_zcrm.zoho.query.compile import coql
from django_zcrm.zoho.query.compile.coql import Select
from django_zcrm.zoho.query.compile.fields import ID_PATH
from django_zcrm.zoho.query.compile.limits import coql_limits
from django_zcrm.zoho.query.compile.tree import ALL
from tests.zoho.query.modules import compile_conditions, where

V8 = coql_limits(8)


def test_a_query_has_its_parts_in_order() -> None:
    select = Select(["id"], "Leads", ALL, ["id asc"], (ID_PATH,), "5", 7, 3)
    assert coql.write(select, V8) == (
        "select id from Leads#5 where id is not null group by id order by id asc limit 7 offset 3"
    )


def test_conditions_nest_in_pairs() -> None:
    text = where(Company="a", Email="b", Order="c", Last_Name="d")
    assert text == "((Company = 'a' and Email = 'b') and 'Order' = 'c') and Last_Name = 'd'"
    text = where(Q(Company="a") | Q(Email="b"), Q(Company="c") | Q(Email="d") | Q(Email="e"))
    assert text == (
        "(Company = 'a' or Email = 'b') and ((Company = 'c' or Email = 'd') or Email = 'e')"
    )


def test_long_lists_are_written_in_groups() -> None:
    ids = list(range(250))
    text = where(id__in=ids)
    assert [len(group.split(",")) for group in re.findall(r"in \((.*?)\)", text)] == [100, 100, 50]
    assert text.count(" or ") == 2
    text = where(~Q(id__in=ids), Company="a")
    assert text.count("id not in") == 3
    assert text.count(" and ") == 3
    assert coql.conditions(compile_conditions(id__in=ids).where, V8) == 3
    assert coql.conditions(compile_conditions(id__in=ids, version=6).where, coql_limits(6)) == 5


def test_more_conditions_than_zoho_takes_are_refused() -> None:
    any_of = Q()
    for number in range(25):
        any_of |= Q(Company=str(number))
    where(any_of)
    with pytest.raises(NotSupported, match="accepts 25 conditions, but this query has 26"):
        where(any_of, Email="x")
    with pytest.raises(NotSupported, match="accepts 25 conditions, but this query has 26"):
        where(id__in=range(2501))


def test_more_lookups_than_zoho_follows_are_refused() -> None:
    many = ["Account_Name", "Account_Name__Parent_Account", "Owner", "Account_Name__Owner"]
    names = [f"{name}__Industry" for name in many[:2]] + [f"{name}__email" for name in many[2:]]
    where(**dict.fromkeys(names, "x"), What_Id__Accounts__Industry="x")
    with pytest.raises(NotSupported, match="follows 5 lookups in conditions, but this query has 6"):
        where(
            **dict.fromkeys(names, "x"),
            What_Id__Accounts__Industry="x",
            Owner__role__name="x",
        )


@pytest.mark.parametrize("name", ["", "Company; --", "a b", "Company'", "Größe", "a..b", "1a"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        coql.name(name)


def literals(text: str, *, backslash: bool, doubling: bool) -> list[str] | None:
    """Read a text as COQL of one reading of quotes: what stands outside of literals, joined by
    their contents; None when a literal has no end."""
    outside, inside, at = "", list[str](), 0
    while at < len(text):
        quote = text[at]
        at += 1
        if quote not in "'\"":
            outside += quote
            continue
        text_read = ""
        while True:
            if at >= len(text):
                return None
            char = text[at]
            at += 1
            if char == "\\" and backslash:
                text_read += text[at : at + 1]
                at += 1
            elif char == quote and doubling and text[at : at + 1] == quote:
                text_read += quote
                at += 1
            elif char == quote:
                break
            else:
                text_read += char
        outside += "?"
        inside.append(text_read)
    return [outside, *inside]


READINGS = [(True, False), (False, True), (True, True), (False, False)]
HOSTILE = st.one_of(
    st.text(alphabet="'\"\\%_ab;()= \n", max_size=12),
    st.text(max_size=20),
    st.sampled_from(
        [
            "\\' or id is not null or Company = 'x",
            "' or id is not null or Company = '",
            '" or id is not null or Company = "',
            "x') or (id is not null",
            "\\",
            "\\\\'",
            "''",
            "'\\",
            "${EMPTY}",
        ]
    ),
)


@given(HOSTILE, st.sampled_from(["exact", "in", "contains", "startswith", "endswith"]))
@example("\\' or id is not null or Company = 'x", "exact")
def test_no_value_leaves_its_quotes_in_any_reading(value: str, lookup: str) -> None:
    given_value = [value, "b"] if lookup == "in" else value
    try:
        text = where(**{f"Company__{lookup}": given_value, "Last_Name": "z"})
    except (NotSupported, ConfigurationError):
        return
    read = [
        literals(text, backslash=backslash, doubling=doubling) for backslash, doubling in READINGS
    ]
    assert read[0] is not None
    assert all(reading == read[0] for reading in read)
    outside, *inside = read[0]
    shapes = {
        "exact": "Company = ? and Last_Name = ?",
        "in": "Company in (?, ?) and Last_Name = ?",
    }
    shape = shapes.get(lookup, "Company like ? and Last_Name = ?")
    if value == "":
        assert "null" in outside
        return
    assert outside == (shape if lookup != "in" or value != "b" else shape.replace("?, ?", "?"))
    patterns = {"contains": f"%{value}%", "startswith": f"{value}%", "endswith": f"%{value}"}
    assert inside[0] == patterns.get(lookup, value)
    assert inside[-1] == "z"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\'%")))
def test_ordinary_values_are_never_refused(value: str) -> None:
    where(Company=value, Last_Name__icontains=value)


def test_a_value_with_apostrophes_stands_in_double_quotes() -> None:
    assert where(Company="O'Neil's") == "Company = \"O'Neil's\""
    assert where(Company='the "best"') == "Company = 'the \"best\"'"
