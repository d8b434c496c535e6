"""What Zoho cannot do is refused with the reason: every row of the reference's table has a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import reduce
from operator import or_, xor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Count, Max, RecordSet, Sum
from tests.cases import check_each
from tests.wire.query.tables import rows

Leads = RecordSet[RecordDict]
Refused = list[tuple[Callable[[Any], Any], str]]

MANY = reduce(or_, [Q(Company=str(number)) for number in range(26)])
TOO_FAR = "Referred_By__Account_Name__Parent_Account__Industry"


def odd(count: int) -> Q:
    """Return that an odd number of conditions hold."""
    return reduce(xor, [Q(Company=str(number)) for number in range(count)])


def nest_conditions(depth: int) -> Q:
    """Return conditions of which each is joined by XOR with the negation of the next."""
    return Q(Company="a") ^ ~nest_conditions(depth - 1) if depth else Q(Company="b")


def by_city(leads: Leads, **aggregates: Any) -> Any:
    return leads.values("City").annotate(**aggregates or {"n": Count("id")})


REFUSED: dict[str, Refused] = {
    "`gt`, `range` and similar lookups of texts and choices": [
        (lambda leads: leads.filter(Company__gt="a").count(), "dates and numbers by order"),
        (lambda leads: leads.filter(City__range=("a", "b")).count(), "dates and numbers by order"),
        (lambda leads: leads.filter(Languages__lt="a").count(), "dates and numbers by order"),
    ],
    "`regex`, `month`, `day`, `week_day`, `hour` and other lookups of Django that are not in the "
    "table above": [
        (lambda leads: leads.filter(Company__regex="a").count(), "Filter the rows in Python"),
        (lambda leads: leads.filter(Created_Time__month=3).count(), "Filter the rows in Python"),
        (lambda leads: leads.filter(Created_Time__hour=3).count(), "Filter the rows in Python"),
        (lambda leads: leads.filter(Created_Time__week_day=3).count(), "no such condition"),
    ],
    "conditions on texts of several lines": [
        (lambda leads: leads.filter(Description="a").count(), r"\.iterator\(via='bulk'\)"),
    ],
    "conditions on subforms, multi-select lookups, files, images": [
        (lambda leads: leads.filter(Documents__contains="a").count(), "not in a field of type"),
        (lambda leads: leads.filter(Record_Image__isnull=True).count(), "no 'null' for fields"),
    ],
    "`exclude(...__startswith=...)`, `endswith`": [
        (lambda leads: leads.exclude(Company__startswith="a").count(), "exclude by icontains"),
        (lambda leads: leads.filter(~Q(Company__iendswith="a")).count(), "exclude by icontains"),
    ],
    "a value with a backslash, with both kinds of quotes, or with control characters": [
        (
            lambda leads: leads.filter(Company="a\\").count(),
            "Zoho does not document how to escape that",
        ),
        (lambda leads: leads.filter(Company="'\"").count(), "an apostrophe and a double quote"),
        (lambda leads: leads.filter(Company="a\nb").count(), "a control character"),
    ],
    "`%` in `contains` and similar lookups": [
        (lambda leads: leads.filter(Company__contains="5%").count(), "a wildcard"),
    ],
    "more than 25 conditions": [
        (lambda leads: leads.filter(MANY).count(), "accepts 25 conditions, but this query has 26"),
        (
            lambda leads: list(leads.filter(Company__in=map(str, range(2_501))).order_by("City")),
            "a list counts once for every 100 values",
        ),
    ],
    "`^` of many conditions": [
        (lambda leads: leads.filter(odd(4)).count(), "accepts 25 conditions"),
        (lambda leads: leads.filter(odd(40)).count(), "COQL has no XOR"),
        (lambda leads: leads.filter(~(odd(6) ^ ~odd(9))).count(), "COQL has no XOR"),
        (lambda leads: leads.filter(nest_conditions(40)).count(), "COQL has no XOR"),
    ],
    "more than two lookups in a name, five in all conditions": [
        (lambda leads: leads.filter(**{TOO_FAR: "a"}).count(), "query the other module"),
    ],
    "expressions, such as `F()` and `Exists()`": [
        (lambda leads: leads.filter(Company=F("City")).count(), "with values, not with|expression"),
        (lambda leads: leads.filter(models.Exists(User.objects.all())), "no counterpart in COQL"),
        (lambda leads: leads.order_by(F("City").desc()), "by fields, not by expressions"),
        (lambda leads: leads.only(F("City")), "selects fields, not expressions"),
        (lambda leads: leads.values(city=F("City")), "selects fields, not expressions"),
    ],
    "a record set as a value": [
        (lambda leads: leads.filter(id__in=leads), "no subqueries"),
        (lambda leads: leads.exclude(Referred_By__in=leads.values_list("id")), "no subqueries"),
    ],
    "`distinct()`, `dates()`, `datetimes()`": [
        (lambda leads: leads.distinct(), r"\.values\('Field'\)"),
        (lambda leads: leads.dates("Follow_Up_Date", "month"), "a set in Python"),
        (lambda leads: leads.datetimes("Created_Time", "hour"), "a set in Python"),
    ],
    "`union()`, `intersection()`, `difference()`": [
        (lambda leads: leads.union(leads), "itertools"),
        (lambda leads: leads.intersection(leads), "&"),
        (lambda leads: leads.difference(leads), "exclude"),
    ],
    "`annotate()` without `values()`, `alias()`": [
        (lambda leads: leads.annotate(n=Count("id")), "name the fields to group by"),
        (lambda leads: leads.values().annotate(n=Count("id")), "name the fields to group by"),
        (lambda leads: leads.alias(n=Count("id")), "compute from the rows"),
    ],
    "conditions on aggregates": [
        (lambda leads: by_city(leads).filter(n__gt=1), "no HAVING"),
        (lambda leads: by_city(leads).exclude(n=1), "no HAVING"),
        (
            lambda leads: leads.values("City").annotate(Count("id")).filter(id__count__gt=1),
            "no HAVING",
        ),
    ],
    "`distinct`, `filter` and expressions in aggregates; "
    "aggregates other than `Sum`, `Avg`, `Min`, `Max`, "
    "`Count`": [
        (lambda leads: leads.aggregate(models.Count("id", distinct=True)), "no distinct"),
        (
            lambda leads: leads.aggregate(models.Count("id", filter=Q(id=1))),
            "filtered record set",
        ),
        (lambda leads: leads.aggregate(x=models.Sum(F("A") + 1)), "not an expression"),
        (lambda leads: leads.aggregate(x=models.StdDev("Annual_Revenue")), "no other expression"),
    ],
    "`Sum` and `Avg` of fields without numbers, `Min` and `Max` of texts": [
        (lambda leads: leads.aggregate(Sum("Company")), "not compute SUM of Company"),
        (lambda leads: leads.aggregate(Max("Company")), "not compute MAX of Company"),
        (lambda leads: list(by_city(leads, n=Max("Company"))), "not compute MAX of Company"),
    ],
    "aggregates of a slice or of groups": [
        (lambda leads: leads[:5].aggregate(Count("id")), "not a slice"),
        (lambda leads: by_city(leads).aggregate(Count("id")), "aggregates of aggregates"),
    ],
    "groups by more than four fields, with more than five aggregates": [
        (
            lambda leads: list(
                leads.values("Company", "Email", "id", "City", "State").annotate(n=Count("id"))
            ),
            "groups by at most 4 fields",
        ),
        (
            lambda leads: list(
                by_city(leads, **{f"n{number}": Count("id") for number in range(6)})
            ),
            "computes at most 5 aggregates",
        ),
    ],
    '`order_by("?")`': [(lambda leads: leads.order_by("?"), "shuffle")],
    "slices with a step": [
        (lambda leads: leads[::2], "then slice the list"),
        (lambda leads: leads[:10:3], "then slice the list"),
    ],
    "`values_list(named=True)`": [
        (lambda leads: leads.values_list("City", named=True), r"use values\(\)"),
    ],
    "`select_related()`, `prefetch_related()`": [
        (lambda leads: leads.select_related("Owner"), r"\.only\("),
        (lambda leads: leads.prefetch_related("Notes"), "other module"),
    ],
    "`select_for_update()`": [(lambda leads: leads.select_for_update(), "if_unmodified_since")],
    "`get_or_create()`, `update_or_create()`": [
        (lambda leads: leads.get_or_create(Email="a"), r"\.upsert\("),
        (lambda leads: leads.update_or_create(Email="a"), r"\.upsert\("),
        (lambda leads: asyncio.run(leads.aget_or_create(Email="a")), r"\.upsert\("),
        (lambda leads: asyncio.run(leads.aupdate_or_create(Email="a")), r"\.upsert\("),
    ],
    "`extra()`, `raw()`": [
        (lambda leads: leads.extra(where=["1=1"]), r"crm\.coql\.query"),
        (lambda leads: leads.raw("select id from Leads"), r"crm\.coql\.query"),
    ],
}


@pytest.fixture
def known(crm: Client, zcrm: ZCRMEmulator) -> Leads:
    """Return leads with the metadata of all modules that the conditions lead to."""
    crm.objects("Leads").filter(Referred_By__Account_Name__Industry="x").exists()
    zcrm.forget_requests()
    return crm.objects("Leads")


@check_each("row", REFUSED)
def test_unsupported_query_raises_before_sending(
    row: str, known: Leads, zcrm: ZCRMEmulator
) -> None:
    for ask, message in REFUSED[row]:
        with pytest.raises(NotSupported, match=message):
            ask(known)
    assert not zcrm.requests


def test_every_row_of_the_reference_has_a_test() -> None:
    assert rows("What Zoho cannot do") == list(REFUSED)
