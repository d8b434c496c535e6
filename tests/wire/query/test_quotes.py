"""Whatever a value holds, and however Zoho reads quotes: it stays a value, or is not sent.

`ZCRM_HOSTILE_VALUES=10000` tries this many with every operator on text: two minutes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_zcrm.emulator.api.coql.syntax import parse
from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from tests.cases import check_each
from tests.zoho.query.test_coql import HOSTILE

VALUES = int(os.environ.get("ZCRM_HOSTILE_VALUES", "200"))
READINGS = ("both", "backslash", "doubled")

PATTERNS = {
    "exact": "{}",
    "iexact": "{}",
    "in": "{}",
    "contains": "%{}%",
    "icontains": "%{}%",
    "startswith": "{}%",
    "istartswith": "{}%",
    "endswith": "%{}",
    "iendswith": "%{}",
}
SHAPES = {
    **dict.fromkeys(PATTERNS, "('Company' like ? and 'Last_Name' = 'z')"),
    "exact": "('Company' = ? and 'Last_Name' = 'z')",
    "iexact": "('Company' = ? and 'Last_Name' = 'z')",
    "in": "('Company' in (?, 'b') and 'Last_Name' = 'z')",
}
NEGATED_SHAPES = {
    **dict.fromkeys(
        ("contains", "icontains"),
        "(('Company' not like ? or 'Company' is null) and 'Last_Name' = 'z')",
    ),
    **dict.fromkeys(
        ("exact", "iexact"), "(('Company' != ? or 'Company' is null) and 'Last_Name' = 'z')"
    ),
    "in": "(('Company' not in (?, 'b') or 'Company' is null) and 'Last_Name' = 'z')",
}

PIECES = [
    *"'\"\\%_(),;=#`\n\r\t\x00\x1a\x7f\u2028\u2019\uff07\u200b",
    "''",
    '""',
    "\\'",
    '\\"',
    "\\\\",
    " or id is not null",
    " and ",
    " limit 1 offset 0",
    ") or (",
    "Company = ",
    "'x",
    "/*",
    "--",
    "${EMPTY}",
    "a",
    "Größe",
    "名前",
    "\ud800",
]
HOSTILE_VALUES = HOSTILE | st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


@pytest.fixture(scope="module")
def leads() -> Iterator[RecordSet[RecordDict]]:
    with emulate(data="empty") as zcrm:
        yield zcrm.client().objects("Leads").only("id")


def text_of(leads: RecordSet[RecordDict], lookup: str, value: str, *, negated: bool) -> str:
    given_value: Any = [value, "b"] if lookup == "in" else value
    condition = Q(**{f"Company__{lookup}": given_value})
    return str(leads.filter(~condition if negated else condition, Last_Name="z").query)


def quote_text(text: str) -> str:
    """Write a text as the emulator shows one."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.slow
def test_no_value_changes_the_shape_of_a_query(leads: RecordSet[RecordDict]) -> None:
    counts, values, refusals = Counter[str](), set[str](), set[str]()

    @settings(
        max_examples=VALUES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(HOSTILE_VALUES.filter(lambda value: value not in ("", "b")))
    @example("\\' or id is not null or Company = 'x")
    @example("' or id is not null or Company = '")
    @example('" or id is not null or Company = "')
    @example("\\")
    def check(value: str) -> None:
        values.add(value)
        for negated, shapes in ((False, SHAPES), (True, NEGATED_SHAPES)):
            for lookup, shape in shapes.items():
                try:
                    text = text_of(leads, lookup, value, negated=negated)
                except (NotSupported, ConfigurationError) as error:
                    refusals.add(error.message)
                    counts["refused"] += 1
                    continue
                expected = shape.replace("?", quote_text(PATTERNS[lookup].format(value)))
                for quotes in READINGS:
                    assert str(parse(text, quotes).condition) == expected
                    counts["kept"] += 1

    check()
    print(f"{len(values)} values: {dict(counts)}")
    assert counts["kept"] > len(values) > VALUES / 2
    assert counts["refused"] > len(values)
    # A handful of messages that name the field: no value is in any.
    assert len(refusals) <= 5
    assert all(message.startswith("Company: ") for message in refusals)


@pytest.fixture(scope="module", params=READINGS)
def reading(request: pytest.FixtureRequest) -> Iterator[ZCRMEmulator]:
    """Return an emulator that reads quotes in one way, with three leads of different companies."""
    with emulate(data="empty", coql_quotes=request.param) as zcrm:
        zcrm.create("Leads", 3, Company=lambda number: f"Company {number}")
        yield zcrm


@pytest.mark.slow
def test_hostile_values_find_nothing(reading: ZCRMEmulator) -> None:
    leads = reading.client().objects("Leads").only("Company")

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(HOSTILE_VALUES)
    def check(value: str) -> None:
        for lookup in PATTERNS:
            given_value: Any = [value] if lookup == "in" else value
            found = leads.filter(**{f"Company__{lookup}": given_value}, Last_Name="nobody")
            try:
                assert list(found) == []
            except (NotSupported, ConfigurationError):
                continue

    check()


@pytest.mark.slow
@pytest.mark.parametrize("value", ["O'Neil's", 'the "best"', "a;b,(c)", "größe", "a--b", "100"])
def test_values_mean_themselves(reading: ZCRMEmulator, value: str) -> None:
    made = [reading.create("Leads", Company=company)["id"] for company in (value, "other", None)]
    leads = reading.client().objects("Leads").filter(id__in=made)
    assert leads.get(Company=value)["Company"] == value
    assert leads.filter(Company__in=[value, "x"]).count() == 1
    assert leads.filter(Company__icontains=value[1:]).count() == 1
    assert leads.filter(Company__startswith=value[:-1]).count() == 1
    assert leads.filter(Company__endswith=value[1:]).count() == 1
    assert [row["Company"] for row in leads.exclude(Company=value)] == ["other", None]


REFUSED = {
    "C:\\": "a backslash",
    "\\'": "a backslash",
    'O\'Neil "the best"': "an apostrophe and a double quote",
    "two\nlines": "a control character",
    "\x00": "a control character",
}


@check_each(("value", "reason"), REFUSED.items())
@check_each("lookup", PATTERNS)
def test_text_without_safe_form_raises_with_field_name(
    value: str, reason: str, lookup: str, leads: RecordSet[RecordDict]
) -> None:
    with pytest.raises(NotSupported) as caught:
        text_of(leads, lookup, value, negated=False)
    assert caught.value.message.startswith(f"Company: the value contains {reason}")
    assert "compare with a part of the text" in caught.value.message
    assert value not in caught.value.message


def test_a_lone_surrogate_is_refused_by_name(leads: RecordSet[RecordDict]) -> None:
    with pytest.raises(ConfigurationError, match="Company: The text contains a lone surrogate"):
        leads.filter(Company="\ud800").exists()


@pytest.mark.parametrize("lookup", [pattern for pattern in PATTERNS if PATTERNS[pattern] != "{}"])
def test_a_wildcard_is_refused_in_a_pattern(lookup: str, leads: RecordSet[RecordDict]) -> None:
    with pytest.raises(NotSupported, match="percent sign as a wildcard"):
        text_of(leads, lookup, "100%", negated=False)
    assert "Company = '100%'" in text_of(leads, "exact", "100%", negated=False)
