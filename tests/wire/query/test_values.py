"""Rows of other shapes, aggregates and groups."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from django.db import models

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho import query as ours
from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Avg, Count, Max, Min, RecordSet, Sum
from tests.wire.query.conftest import SIZE
from tests.wire.query.leads import make_names, queries

Leads = RecordSet[RecordDict]
REVENUES = [number * 10.5 for number in range(SIZE) if number % 6]


def test_values_have_requested_fields(leads: Leads) -> None:
    assert list(leads.values("Company")[:2]) == [{"Company": "Company 0"}, {"Company": "Company 1"}]
    assert leads.values("id", "Referred_By__Last_Name")[0] == {
        "id": leads[0]["id"],
        "Referred_By__Last_Name": "Abel",
    }
    assert len(leads.values()[0]) > 40
    assert leads.values("Company").filter(Last_Name="Lead 3").get() == {"Company": "Company 3"}


def test_values_list_gives_tuples(leads: Leads) -> None:
    assert list(leads.values_list("Last_Name", "Company")[1:3]) == [
        ("Lead 1", "Company 1"),
        ("Lead 2", "Company 2"),
    ]
    assert list(leads.values_list("Last_Name", flat=True)[:2]) == make_names(0, 1)
    assert leads.values_list("Last_Name", flat=True).last() == "Lead 59"
    assert list(leads.values_list("Email", flat=True).none()) == []
    with pytest.raises(TypeError, match="one field"):
        leads.values_list("Last_Name", "Company", flat=True)  # type: ignore[call-overload]
    with pytest.raises(NotSupported, match="not expressions"):
        leads.values(n=Count("id"))


@pytest.mark.parametrize("kinds", [ours, models])
def test_aggregates_equal_those_of_the_records(
    kinds: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    totals = leads.aggregate(
        kinds.Sum("Annual_Revenue"),
        kinds.Avg("Annual_Revenue"),
        kinds.Count("id"),
        low=kinds.Min("Annual_Revenue"),
        high=kinds.Max("Annual_Revenue"),
    )
    assert totals == {
        "Annual_Revenue__sum": sum(REVENUES),
        "Annual_Revenue__avg": pytest.approx(sum(REVENUES) / len(REVENUES)),
        "id__count": SIZE,
        "low": min(REVENUES),
        "high": max(REVENUES),
    }
    assert len(zcrm.requests) == 1
    assert leads.filter(Annual_Revenue__gt=600).aggregate(n=kinds.Count("*")) == {"n": 2}


def test_more_aggregates_than_a_query_takes(leads: Leads, zcrm: ZCRMEmulator) -> None:
    totals = leads.aggregate(
        Sum("Annual_Revenue"),
        Avg("Annual_Revenue"),
        Min("Annual_Revenue"),
        Max("Annual_Revenue"),
        Count("Annual_Revenue"),
        Count("Referred_By"),
        Min("Created_Time"),
    )
    assert (totals["Annual_Revenue__count"], totals["Referred_By__count"]) == (50, 15)
    assert totals["Created_Time__min"] == leads.values_list("Created_Time", flat=True)[0]
    assert len(zcrm.requests) == 3


def test_counts_of_what_coql_does_not_count(leads: Leads) -> None:
    assert leads.aggregate(emails=Count("Email"), n=Count("id")) == {"emails": 48, "n": SIZE}
    assert leads.aggregate(n=Count("Email_Opt_Out")) == {"n": SIZE}  # checkboxes are never empty


def test_aggregates_of_no_records_are_empty(leads: Leads, zcrm: ZCRMEmulator) -> None:
    empty = {"total": None, "n": 0}
    for nothing in (leads.none(), leads.filter(id__in=[])):
        assert nothing.aggregate(total=Sum("Annual_Revenue"), n=Count("id")) == empty
    assert not zcrm.requests
    nothing = leads.filter(Company="x")
    assert nothing.aggregate(total=Sum("Annual_Revenue"), n=Count("id")) == empty
    assert nothing.aggregate(t=Sum("Annual_Revenue", default=0)) == {"t": 0}
    assert nothing.aggregate(t=models.Sum("Annual_Revenue", default=7)) == {"t": 7}


def test_groups_have_separate_aggregates(leads: Leads, zcrm: ZCRMEmulator) -> None:
    grouped = leads.values("Company").annotate(n=Count("id"), total=Sum("Annual_Revenue"))
    rows = list(grouped)
    assert [row["Company"] for row in rows] == [f"Company {number}" for number in range(7)]
    sizes = Counter(f"Company {number % 7}" for number in range(SIZE))
    assert {row["Company"]: row["n"] for row in rows} == sizes
    assert sum(row["total"] for row in rows) == sum(REVENUES)
    assert (grouped.count(), grouped.exists()) == (7, True)
    assert list(grouped.order_by("-n", "Company")[:5])[-1]["Company"] == "Company 4"
    by_total = [row["Company"] for row in sorted(rows, key=lambda row: row["total"])]
    assert list(grouped.order_by("total").values_list("Company", flat=True)) == by_total
    assert grouped.values_list("n", "Company").first() == (9, "Company 0")
    assert leads.values_list("Company").annotate(Count("id")).first() == ("Company 0", 9)
    assert grouped.filter(Last_Name="Lead 3").get() == {
        "Company": "Company 3",
        "n": 1,
        "total": 31.5,
    }
    assert list(grouped.none()) == []
    assert len(list(grouped.iterator(chunk_size=3))) == 7
    assert grouped.order_by("Company").reverse().first()["Company"] == "Company 6"  # type: ignore[index]


def test_groups_by_several_and_by_lookups(leads: Leads, zcrm: ZCRMEmulator) -> None:
    rows = leads.values("Lead_Status", "Referred_By__Last_Name").annotate(n=Count("id"))
    assert {tuple(row.values()) for row in rows} == {
        ("Contacted", None, 30),
        ("Lost Lead", None, 15),
        ("Lost Lead", "Abel", 15),
    }
    assert "group by Lead_Status, Referred_By.Last_Name" in queries(zcrm)[-1]


def test_same_aggregate_has_several_keys(leads: Leads) -> None:
    grouped = leads.values("Company").annotate(Count("id"), n=Count("id"))
    for rows in (grouped, grouped.order_by("n"), grouped.order_by("n", "id__count")):
        assert {(row["n"], row["id__count"]) for row in rows} == {(8, 8), (9, 9)}


def test_second_order_of_groups_has_no_effect(leads: Leads) -> None:
    grouped = leads.values("Company").annotate(n=Count("id"))
    assert list(grouped.order_by("-n", "n")) == list(grouped.order_by("-n"))
    assert list(grouped.order_by("-Company", "Company")) == list(grouped.order_by("-Company"))


def test_query_of_groups_is_shown(leads: Leads, zcrm: ZCRMEmulator) -> None:
    grouped = leads.values("Company").annotate(n=Count("id")).order_by("-n")
    shown = str(grouped[:2].query)
    assert list(grouped[:2])
    assert queries(zcrm) == [shown]
    assert "limit 2000 offset 0" in str(grouped.query)
    assert str(grouped.none().query) == ""


@pytest.mark.parametrize("via", ["coql", "list", "bulk"])
def test_a_field_may_be_in_a_tuple_twice(leads: Leads, via: Any) -> None:
    rows = leads.values_list("Company", "Last_Name", "Company")
    assert ("Company 3", "Lead 3", "Company 3") in list(rows.iterator(via=via))


def test_wrong_names_are_refused(leads: Leads) -> None:
    grouped = leads.values("Company").annotate(n=Count("id"))
    for wrong in (
        lambda: leads.aggregate(Count("*")),
        lambda: leads.aggregate(models.Count("*")),
        lambda: leads.aggregate("Sum(Annual_Revenue)"),
        lambda: leads.aggregate(Sum("Anual_Revenue")),
        lambda: grouped.values("m"),
        lambda: list(grouped.order_by("Email")),
        lambda: leads.values("Company").annotate(Company=Count("id")),
    ):
        with pytest.raises(ConfigurationError):
            wrong()
    with pytest.raises(TypeError, match=r"after \.values\(\)"):
        grouped.only("Email")


def test_aggregates_and_groups_are_awaited(leads: Leads) -> None:
    async def ask() -> None:
        assert await leads.aaggregate(n=Count("id")) == {"n": SIZE}
        grouped = leads.values("Company").annotate(n=Count("id"))
        assert len([row async for row in grouped]) == await grouped.acount() == 7
        first = await leads.aearliest("id")
        assert await leads.alatest("-id") == first
        assert await leads.ain_bulk([first["id"]]) == {first["id"]: first}
        assert await leads.acontains(first)

    asyncio.run(ask())
