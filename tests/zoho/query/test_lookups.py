"""Lookups by type of field: what they become in COQL, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils.translation import gettext_lazy

from django_zcrm.zoho.errors import ConfigurationError, NotSupported, UnknownField
from django_zcrm.zoho.query import Q
from django_zcrm.zoho.query.compile.tree import ALL, NONE
from tests.cases import check_each
from tests.zoho.query.modules import compile_conditions, where

NOON = datetime(2026, 12, 24, 12, tzinfo=timezone(timedelta(hours=1)))


class Status(Enum):
    HOT = "Hot"


WRITTEN: list[tuple[dict[str, Any], str]] = [
    # text
    ({"Company": "Acme"}, "Company = 'Acme'"),
    ({"Company__exact": "Acme"}, "Company = 'Acme'"),
    ({"Company__iexact": "Acme"}, "Company = 'Acme'"),
    ({"Company": 7}, "Company = '7'"),
    ({"Company": None}, "Company is null"),
    ({"Company": ""}, "Company is null"),
    ({"Company__isnull": True}, "Company is null"),
    ({"Company__isnull": False}, "Company is not null"),
    ({"Company__in": ["a", "b", "a", None]}, "Company in ('a', 'b')"),
    ({"Company__in": ["", "a"]}, "Company is null or Company in ('a')"),
    ({"Company__contains": "cm"}, "Company like '%cm%'"),
    ({"Company__icontains": "cm"}, "Company like '%cm%'"),
    ({"Company__startswith": "Ac"}, "Company like 'Ac%'"),
    ({"Company__istartswith": "Ac"}, "Company like 'Ac%'"),
    ({"Company__endswith": "me"}, "Company like '%me'"),
    ({"Company__iendswith": "me"}, "Company like '%me'"),
    ({"Company__contains": ""}, "Company is not null"),
    ({"Company": gettext_lazy("Acme")}, "Company = 'Acme'"),
    ({"Lead_Status": Status.HOT}, "Lead_Status = 'Hot'"),
    ({"Email": "o'neil@x.example"}, 'Email = "o\'neil@x.example"'),
    # choices
    ({"Languages": ["English", "German"]}, "Languages = 'English;German'"),
    ({"Languages": ""}, "Languages is null"),
    ({"Languages__in": ["", "German"]}, "Languages is null or Languages in ('German')"),
    ({"Languages__contains": "German"}, "Languages like '%German%'"),
    ({"Languages__in": ["English", "German"]}, "Languages in ('English', 'German')"),
    # numbers
    ({"Annual_Revenue": 1000}, "Annual_Revenue = 1000"),
    ({"Annual_Revenue__gt": 1e16}, "Annual_Revenue > 10000000000000000"),
    ({"Annual_Revenue__gte": Decimal("1.50")}, "Annual_Revenue >= 1.5"),
    ({"Annual_Revenue__lt": "-7"}, "Annual_Revenue < -7"),
    ({"Annual_Revenue__lte": -0.0}, "Annual_Revenue <= 0"),
    ({"Annual_Revenue__range": (1, 2)}, "Annual_Revenue >= 1 and Annual_Revenue <= 2"),
    ({"Annual_Revenue__in": [1, 2.5]}, "Annual_Revenue in (1, 2.5)"),
    ({"Customer_Number": "999999999999999999"}, "Customer_Number = 999999999999999999"),
    ({"Customer_Number__lt": 10**30 + 1}, f"Customer_Number < {10**30 + 1}"),
    # ids and lookups
    ({"id": "5"}, "id = '5'"),
    ({"pk": 5}, "id = '5'"),
    ({"pk__in": ["5", 6]}, "id in ('5', '6')"),
    ({"id__gt": "5"}, "id > '5'"),
    ({"Owner": "5"}, "Owner = '5'"),
    ({"Owner": {"id": "5", "name": "x"}}, "Owner = '5'"),
    ({"Owner__id": "5"}, "Owner = '5'"),
    ({"Owner__in": [5, "6"]}, "Owner in ('5', '6')"),
    ({"Owner__isnull": True}, "Owner is null"),
    ({"Owner__email": "a@b.c"}, "Owner.email = 'a@b.c'"),
    ({"Owner__role__name": "CEO"}, "Owner.role.name = 'CEO'"),
    ({"Owner__role": "5"}, "Owner.role = '5'"),
    ({"Account_Name__Industry__in": ["A"]}, "Account_Name.Industry in ('A')"),
    (
        {"Account_Name__Parent_Account__Industry": "A"},
        "Account_Name.Parent_Account.Industry = 'A'",
    ),
    ({"What_Id__Accounts__Industry": "A"}, "'What_Id->Accounts.Industry' = 'A'"),
    # checkboxes
    ({"Email_Opt_Out": True}, "Email_Opt_Out = 'true'"),
    ({"Email_Opt_Out": "False"}, "Email_Opt_Out = 'false'"),
    ({"Locked__s": False}, "Locked__s = 'false'"),
    ({"Locked__s__exact": False}, "Locked__s = 'false'"),
    ({"Account_Name__Is_Partner__isnull": True}, "Account_Name is null"),
    # dates
    ({"Follow_Up_Date": date(2026, 2, 3)}, "Follow_Up_Date = '2026-02-03'"),
    ({"Follow_Up_Date__gte": "2026-02-03"}, "Follow_Up_Date >= '2026-02-03'"),
    ({"Follow_Up_Date__lt": NOON}, "Follow_Up_Date < '2026-12-24'"),
    (
        {"Follow_Up_Date__year": 2026},
        "Follow_Up_Date >= '2026-01-01' and Follow_Up_Date < '2027-01-01'",
    ),
    ({"Follow_Up_Date__year__gt": 2026}, "Follow_Up_Date >= '2027-01-01'"),
    # moments
    ({"Created_Time": NOON}, "Created_Time = '2026-12-24T12:00:00+01:00'"),
    (
        {"Created_Time__gt": NOON.replace(microsecond=5)},
        "Created_Time > '2026-12-24T12:00:00+01:00'",
    ),
    (
        {"Created_Time__gte": NOON.replace(microsecond=5)},
        "Created_Time >= '2026-12-24T12:00:01+01:00'",
    ),
    (
        {"Created_Time__lt": NOON.replace(microsecond=5)},
        "Created_Time < '2026-12-24T12:00:01+01:00'",
    ),
    (
        {"Created_Time__lte": NOON.replace(microsecond=5)},
        "Created_Time <= '2026-12-24T12:00:00+01:00'",
    ),
    ({"Created_Time__gte": date(2026, 2, 3)}, "Created_Time >= '2026-02-03T00:00:00+00:00'"),
    (
        {"Created_Time__date": date(2026, 2, 28)},
        "Created_Time >= '2026-02-28T00:00:00+00:00' and "
        "Created_Time < '2026-03-01T00:00:00+00:00'",
    ),
    ({"Created_Time__date__gt": "2026-02-28"}, "Created_Time >= '2026-03-01T00:00:00+00:00'"),
    ({"Created_Time__date__gte": "2026-02-28"}, "Created_Time >= '2026-02-28T00:00:00+00:00'"),
    ({"Created_Time__date__lt": "2026-02-28"}, "Created_Time < '2026-02-28T00:00:00+00:00'"),
    ({"Created_Time__date__lte": "2026-02-28"}, "Created_Time < '2026-03-01T00:00:00+00:00'"),
    (
        {"Created_Time__year__range": (2024, 2025)},
        "Created_Time >= '2024-01-01T00:00:00+00:00' and "
        "Created_Time < '2026-01-01T00:00:00+00:00'",
    ),
    (
        {"Created_Time__year__in": [2024, 2026]},
        "(Created_Time >= '2024-01-01T00:00:00+00:00' and "
        "Created_Time < '2025-01-01T00:00:00+00:00') or "
        "(Created_Time >= '2026-01-01T00:00:00+00:00' and "
        "Created_Time < '2027-01-01T00:00:00+00:00')",
    ),
    # other types
    ({"Tag__isnull": True}, "Tag is null"),
    ({"Secret__isnull": False}, "Secret is not null"),
    ({"Order": "x"}, "'Order' = 'x'"),
]


@check_each(("conditions", "text"), WRITTEN)
def test_lookup_compiles_to_coql(conditions: dict[str, Any], text: str) -> None:
    assert where(**conditions) == text


NEGATED = [
    ({"Company": "a"}, "Company != 'a' or Company is null"),
    ({"Company": None}, "Company is not null"),
    ({"Company__in": ["a"]}, "Company not in ('a') or Company is null"),
    (
        {"Company__in": ["a", ""]},
        "Company is not null and (Company not in ('a') or Company is null)",
    ),
    ({"Company__contains": "a"}, "Company not like '%a%' or Company is null"),
    ({"Company__contains": ""}, "Company is null"),
    ({"Annual_Revenue__gt": 1}, "Annual_Revenue <= 1 or Annual_Revenue is null"),
    ({"Annual_Revenue__gte": 1}, "Annual_Revenue < 1 or Annual_Revenue is null"),
    ({"Annual_Revenue__lt": 1}, "Annual_Revenue >= 1 or Annual_Revenue is null"),
    ({"Annual_Revenue__lte": 1}, "Annual_Revenue > 1 or Annual_Revenue is null"),
    (
        {"Annual_Revenue__range": (1, 2)},
        "(Annual_Revenue < 1 or Annual_Revenue > 2) or Annual_Revenue is null",
    ),
    ({"id": 5}, "id != '5'"),
    ({"id__in": [5]}, "id not in ('5')"),
    ({"Email_Opt_Out": True}, "Email_Opt_Out = 'false'"),
    (
        {"Account_Name__Is_Partner": True},
        "Account_Name.Is_Partner = 'false' or Account_Name is null",
    ),
    (
        {"Account_Name__Industry": "A"},
        "Account_Name.Industry != 'A' or Account_Name.Industry is null",
    ),
    (
        {"Follow_Up_Date__year": 2026},
        "(Follow_Up_Date < '2026-01-01' or Follow_Up_Date >= '2027-01-01') "
        "or Follow_Up_Date is null",
    ),
    (
        {"Created_Time__date__lt": date(2026, 1, 2)},
        "Created_Time >= '2026-01-02T00:00:00+00:00' or Created_Time is null",
    ),
]


@check_each(("conditions", "text"), NEGATED)
def test_negated_lookup_includes_empty_fields(conditions: dict[str, Any], text: str) -> None:
    assert where(~Q(**conditions)) == text
    assert where(~~Q(**conditions)) == where(**conditions)


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"id__in": []}, False),
        ({"Company__in": [None]}, False),
        ({"id__isnull": True}, False),
        ({"id__isnull": False}, True),
        ({"Email_Opt_Out__isnull": True}, False),
        ({"Created_Time": NOON.replace(microsecond=1)}, False),
        ({"Created_Time__in": [NOON.replace(microsecond=1)]}, False),
    ],
)
def test_lookup_matching_all_or_none_compiles_to_constant(
    conditions: dict[str, Any], holds: bool
) -> None:
    assert compile_conditions(**conditions).where == (ALL if holds else NONE)
    assert compile_conditions(~Q(**conditions)).where == (NONE if holds else ALL)


def test_numbers_are_not_rounded_by_the_decimal_context() -> None:
    with localcontext(prec=3):
        assert where(Annual_Revenue__gte=1234.50) == "Annual_Revenue >= 1234.5"


def test_days_begin_in_the_time_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert where(zone=zone, Created_Time__date=date(2026, 3, 29)) == (
        "Created_Time >= '2026-03-29T00:00:00+01:00' and Created_Time < '2026-03-30T00:00:00+02:00'"
    )
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert where(zone=zone, Follow_Up_Date=late) == "Follow_Up_Date = '2026-03-29'"
    assert where(zone=zone, Created_Time__date=late) == (
        "Created_Time >= '2026-03-29T00:00:00+01:00' and Created_Time < '2026-03-30T00:00:00+02:00'"
    )
    assert where(zone=zone, Created_Time__lt=date(2026, 7, 1)) == (
        "Created_Time < '2026-07-01T00:00:00+02:00'"
    )
    # The offset was 0:53:28, and Zoho's offsets have no seconds.
    assert where(zone=zone, Created_Time__gte=date(1800, 1, 1)) == (
        "Created_Time >= '1799-12-31T23:06:32+00:00'"
    )


def test_fraction_is_rounded_up_when_the_clocks_go_back() -> None:
    def get_bound(minute: int, second: int, fold: int) -> str:
        zone = ZoneInfo("Europe/Berlin")
        return where(Created_Time__lt=datetime(2026, 10, 25, 2, minute, second, 5, zone, fold=fold))

    assert get_bound(59, 59, 0) == "Created_Time < '2026-10-25T02:00:00+01:00'"
    assert get_bound(30, 0, 1) == "Created_Time < '2026-10-25T02:30:01+01:00'"


REFUSED = [
    ({"Compny": "a"}, UnknownField, "Leads has no field 'Compny'; is it Company"),
    ({"company": "a"}, UnknownField, "is it Company"),
    ({"Company__nothing": "a"}, UnknownField, "'nothing' is neither a lookup"),
    ({"Company__in__exact": "a"}, ConfigurationError, "more than one lookup"),
    ({"Company__in": "abc"}, ConfigurationError, "Company__in takes a list"),
    ({"Company__contains": None}, ConfigurationError, "does not take None: use isnull"),
    ({"Company__isnull": "yes"}, ConfigurationError, "takes True or False"),
    ({"Company": b"a"}, ConfigurationError, "Company (text) takes a string"),
    ({"Company": {"id": 1}}, ConfigurationError, "Company (text)"),
    ({"Company__date": date(2026, 1, 1)}, ConfigurationError, "is of type text, not a date"),
    ({"Company__gt": "a"}, NotSupported, "Company__gt: Zoho compares dates and numbers"),
    ({"Company__regex": "a"}, NotSupported, "no such condition"),
    ({"Company": F("Email")}, NotSupported, "F()"),
    ({"Company__contains": "5%"}, NotSupported, "percent sign"),
    ({"Company": "a\\b"}, NotSupported, "Company: the value contains a backslash"),
    ({"Company": "a'b\"c"}, NotSupported, "an apostrophe and a double quote"),
    ({"Company": "a\nb"}, NotSupported, "a control character"),
    ({"Company": "\ud800"}, ConfigurationError, "lone surrogate"),
    (
        {"Annual_Revenue": "a lot"},
        ConfigurationError,
        "Annual_Revenue (currency) takes a num",
    ),
    ({"Annual_Revenue": True}, ConfigurationError, "takes a number"),
    ({"Annual_Revenue": float("nan")}, ConfigurationError, "takes a number"),
    ({"Annual_Revenue": float("inf")}, ConfigurationError, "takes a number"),
    ({"Annual_Revenue": "1e999999"}, ConfigurationError, "takes a number"),
    ({"Annual_Revenue__contains": "1"}, NotSupported, "searches in text"),
    ({"Annual_Revenue__range": 1}, ConfigurationError, "range takes two values"),
    ({"Annual_Revenue__range": (1, 2, 3)}, ConfigurationError, "range takes two values"),
    ({"Created_Time__date": date.max}, ConfigurationError, "takes a day before 9999-12-31"),
    ({"Created_Time__lt": datetime.max.replace(tzinfo=UTC)}, ConfigurationError, "years 1 to 9999"),
    (
        {"Follow_Up_Date": datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))},
        ConfigurationError,
        "Follow_Up_Date (date) takes a moment of the years",
    ),
    ({"id": "5' or id is not null"}, ConfigurationError, "id takes a record's id"),
    ({"id": "\u0665"}, ConfigurationError, "takes a record's id"),
    ({"Owner": "Ada"}, ConfigurationError, "Owner (ownerlookup) takes a record's id"),
    ({"Owner__gt": 5}, NotSupported, "compares dates and numbers"),
    ({"Owner__city": "Bonn"}, UnknownField, "users has no field 'city'"),
    ({"What_Id__Industry": "A"}, ConfigurationError, "write What_Id__Module__Field"),
    (
        {"Account_Name__Parent_Account__Parent_Account__Industry": "A"},
        NotSupported,
        "COQL follows 2 lookups",
    ),
    ({"Email_Opt_Out": "perhaps"}, ConfigurationError, "True or False"),
    ({"Email_Opt_Out": 7}, ConfigurationError, "True or False"),
    ({"Follow_Up_Date": "tomorrow"}, ConfigurationError, "a date, or a string like"),
    ({"Follow_Up_Date__date": "2026-01-01"}, ConfigurationError, "not a date"),
    ({"Follow_Up_Date__year": "x"}, ConfigurationError, "takes a year"),
    ({"Follow_Up_Date__year": 10000}, ConfigurationError, "takes a year"),
    ({"Follow_Up_Date__year": float("inf")}, ConfigurationError, "takes a year"),
    ({"Created_Time__year__lte": float("nan")}, ConfigurationError, "takes a year"),
    ({"Created_Time__date": float("inf")}, ConfigurationError, "takes a"),
    ({"Created_Time": float("inf")}, ConfigurationError, "takes a"),
    ({"No_of_Employees": float("inf")}, ConfigurationError, "takes a number"),
    ({"id": float("inf")}, ConfigurationError, "takes"),
    ({"Follow_Up_Date__month": 3}, NotSupported, "no such condition"),
    ({"Created_Time": datetime(2026, 1, 1)}, ConfigurationError, "this one has none"),
    ({"Created_Time": "yesterday"}, ConfigurationError, "a datetime, or a string"),
    ({"Created_Time__date__contains": "x"}, NotSupported, "no such condition"),
    ({"Description__contains": "x"}, NotSupported, "several lines"),
    ({"Secret": "x"}, NotSupported, "has no '='"),
    ({"Tag": "x"}, ConfigurationError, "Zoho compares no field of this type"),
    ({"Documents__isnull": True}, NotSupported, "COQL has no 'null'"),
    ({"Languages": ["a;b"]}, ConfigurationError, "without semicolons"),
]


@check_each(("conditions", "kind", "message"), REFUSED)
def test_lookup_with_wrong_value_raises_with_field_name(
    conditions: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        where(**conditions)
    assert message in str(caught.value)


@pytest.mark.parametrize("lookup", ["startswith", "iendswith"])
def test_negated_startswith_is_not_supported(lookup: str) -> None:
    with pytest.raises(NotSupported, match="does not start or end"):
        where(~Q((f"Company__{lookup}", "a")))


def test_refusals_do_not_show_values() -> None:
    for name in ("Company", "Owner", "Annual_Revenue", "Created_Time", "Email_Opt_Out"):
        with pytest.raises((ConfigurationError, NotSupported)) as caught:
            where(**{name: "canary\\"})
        assert "canary" not in str(caught.value)
