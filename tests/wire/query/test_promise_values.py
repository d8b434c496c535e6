"""Values, aggregates, groups, and awaiting all of it: as Django's documentation promises."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Max, Min, Q, Sum

from tests.cases import check_each
from tests.wire.query.both import Ask, Both


def some(leads: Any) -> Any:
    """Leads in the order of their ids, so that rows can be compared."""
    return leads.filter(Lead_Status="Contacted").order_by("id")


VALUES: dict[str, Ask] = {
    "values gives dicts": lambda leads: some(leads).values("id", "Company"),
    "values of several types": lambda leads: some(leads).values(
        "Annual_Revenue", "Follow_Up_Date", "Demo_Scheduled_At", "Email_Opt_Out", "Customer_Number"
    ),
    "values of another module": lambda leads: some(leads).values(
        "id", "Referred_By__Last_Name", "Referred_By__Department"
    ),
    "values come in the order that was asked for": lambda leads: list(
        some(leads).values("Email", "Company", "id")[0]
    ),
    "values may be filtered": lambda leads: some(leads).values("id").filter(Email_Opt_Out=True),
    "values may be ordered by what they leave out": lambda leads: leads.values("Company").order_by(
        "-id"
    ),
    "values may be sliced": lambda leads: some(leads).values("id")[2:5],
    "values have a first": lambda leads: some(leads).values("id", "Company").first(),
    "values have a last": lambda leads: some(leads).values("id", "Company").last(),
    "values of one record": lambda leads: leads.values("Company").get(
        pk=leads.order_by("id")[5].pk
    ),
    "values after values takes the later": lambda leads: (
        some(leads).values("Company").values("Email")
    ),
    "values of what does not exist are refused": lambda leads: list(leads.values("Compny")),
    "values are counted": lambda leads: some(leads).values("Company").count(),
    "values exist": lambda leads: some(leads).values("Company").exists(),
    "values_list gives tuples": lambda leads: some(leads).values_list("id", "Company"),
    "values_list of one field gives tuples of one": lambda leads: some(leads).values_list("id"),
    "values_list with flat gives the values": lambda leads: some(leads).values_list(
        "Company", flat=True
    ),
    "values_list with flat is for one field": lambda leads: leads.values_list(
        "id", "Company", flat=True
    ),
    "values_list of another module": lambda leads: some(leads).values_list(
        "Referred_By__Last_Name", flat=True
    ),
    "values_list may be sliced": lambda leads: some(leads).values_list("id", flat=True)[1:4],
    "values_list by an iterator": lambda leads: list(
        some(leads).values_list("id", "Email").iterator(chunk_size=7)
    ),
    "values_list in a condition, as a list": lambda leads: leads.filter(
        pk__in=list(some(leads).values_list("pk", flat=True))
    ),
    "only still gives records": lambda leads: some(leads).only("Company"),
    "only still gives the fields it names": lambda leads: [
        lead.Company for lead in some(leads).only("Company")
    ],
    "defer still gives records": lambda leads: some(leads).defer("Company"),
    "defer still gives the other fields": lambda leads: [
        lead.Email for lead in some(leads).defer("Company")
    ],
}

NUMBERS: dict[str, Ask] = {
    "aggregate by a key": lambda leads: leads.aggregate(total=Sum("Annual_Revenue")),
    "aggregate without a key is named after field and function": lambda leads: leads.aggregate(
        Sum("Annual_Revenue"), Max("No_of_Employees")
    ),
    "aggregate of nothing at all": lambda leads: leads.aggregate(),
    "sum of no records is None": lambda leads: leads.filter(Company="Nobody").aggregate(
        total=Sum("Annual_Revenue")
    ),
    "sum of no records has a default": lambda leads: leads.filter(Company="Nobody").aggregate(
        total=Sum("Annual_Revenue", default=0)
    ),
    "sum of an empty set": lambda leads: leads.none().aggregate(
        total=Sum("Annual_Revenue"), n=Count("id")
    ),
    "sum leaves out what is empty": lambda leads: leads.aggregate(n=Sum("No_of_Employees")),
    "average leaves out what is empty": lambda leads: round(
        leads.aggregate(n=Avg("No_of_Employees"))["n"], 6
    ),
    "least and most": lambda leads: leads.aggregate(
        Min("Annual_Revenue"), Max("Annual_Revenue"), Min("No_of_Employees")
    ),
    "first and last day": lambda leads: leads.aggregate(
        low=Min("Follow_Up_Date"), high=Max("Follow_Up_Date")
    ),
    "first and last moment": lambda leads: leads.aggregate(
        low=Min("Demo_Scheduled_At"), high=Max("Demo_Scheduled_At")
    ),
    "count of records": lambda leads: leads.aggregate(n=Count("*"), same=Count("id")),
    "count of what is not empty": lambda leads: leads.aggregate(
        n=Count("Annual_Revenue"), texts=Count("Company")
    ),
    "count regards the filter": lambda leads: some(leads).aggregate(n=Count("id")),
    "aggregate regards exclude": lambda leads: leads.exclude(Annual_Revenue__lt=1).aggregate(
        Sum("Annual_Revenue")
    ),
    "aggregate beyond a lookup": lambda leads: leads.filter(
        Referred_By__Last_Name__iexact="abel"
    ).aggregate(n=Count("id")),
    "aggregate of what does not exist is refused": lambda leads: leads.aggregate(Sum("Compny")),
    "groups with a number each": lambda leads: (
        leads.filter(Lead_Status__isnull=False)
        .values("Lead_Status")
        .annotate(n=Count("id"))
        .order_by("Lead_Status")
    ),
    "groups by what is not text": lambda leads: (
        leads.values("Email_Opt_Out").annotate(n=Count("id")).order_by("Email_Opt_Out")
    ),
    "groups by several": lambda leads: (
        leads.filter(Lead_Status__isnull=False)
        .values("Lead_Status", "Email_Opt_Out")
        .annotate(total=Sum("No_of_Employees"))
        .order_by("Lead_Status", "Email_Opt_Out")
    ),
    "groups by a field of another module": lambda leads: (
        leads.filter(Referred_By__Department__isnull=False)
        .values("Referred_By__Department")
        .annotate(n=Count("id"))
        .order_by("Referred_By__Department")
    ),
    "groups in the order of a number": lambda leads: (
        leads.filter(Lead_Status__isnull=False)
        .values("Lead_Status")
        .annotate(n=Count("id"))
        .order_by("-n", "Lead_Status")
    ),
    "groups with several numbers": lambda leads: (
        leads.values("Email_Opt_Out")
        .annotate(Max("No_of_Employees"), Min("No_of_Employees"), n=Count("id"))
        .order_by("Email_Opt_Out")
    ),
    "groups of what matches": lambda leads: (
        leads.filter(Q(Company__icontains="a"), Lead_Status__isnull=False)
        .values("Lead_Status")
        .annotate(n=Count("id"))
        .order_by("Lead_Status")
    ),
    "groups as tuples": lambda leads: (
        leads.values_list("Email_Opt_Out").annotate(n=Count("id")).order_by("Email_Opt_Out")
    ),
    "groups are counted": lambda leads: (
        leads.filter(Lead_Status__isnull=False)
        .values("Lead_Status")
        .annotate(n=Count("id"))
        .count()
    ),
    "groups are sliced": lambda leads: (
        leads.filter(Lead_Status__isnull=False)
        .values("Lead_Status")
        .annotate(n=Count("id"))
        .order_by("Lead_Status")[1:3]
    ),
    "groups have a first": lambda leads: (
        leads.values("Email_Opt_Out").annotate(n=Count("id")).order_by("Email_Opt_Out").first()
    ),
    "groups exist": lambda leads: leads.values("Email_Opt_Out").annotate(n=Count("id")).exists(),
    "groups of nothing": lambda leads: leads.none().values("Email_Opt_Out").annotate(n=Count("id")),
}


async def _all(leads: Any) -> Any:
    return [lead async for lead in leads]


async def _twice(leads: Any) -> Any:
    records = some(leads)
    first, second = await _all(records), await _all(records)
    return [record is other for record, other in zip(first, second, strict=True)]


async def _pk(leads: Any) -> Any:
    return (await leads.afirst()).pk


async def _aget(leads: Any) -> Any:
    return await leads.aget(pk=await _pk(leads))


async def _acontains(leads: Any) -> Any:
    first = await leads.afirst()
    return [await leads.acontains(first), await leads.exclude(pk=first.pk).acontains(first)]


async def _ain_bulk(leads: Any) -> Any:
    return await leads.ain_bulk([await _pk(leads), 1])


ASYNCHRONOUS: dict[str, Ask] = {
    "async for": lambda leads: _all(some(leads)),
    "async for gives the same objects again": _twice,
    "async for over a slice": lambda leads: _all(some(leads)[2:6]),
    "async for over an empty set": lambda leads: _all(leads.none()),
    "async for over values": lambda leads: _all(some(leads).values("id", "Company")),
    "async for over groups": lambda leads: _all(
        leads.values("Email_Opt_Out").annotate(n=Count("id")).order_by("Email_Opt_Out")
    ),
    "aiterator": lambda leads: _all(some(leads).aiterator()),
    "aiterator in small pieces": lambda leads: _all(some(leads).aiterator(chunk_size=3)),
    "aiterator of no records at a time is refused": lambda leads: _all(
        some(leads).aiterator(chunk_size=0)
    ),
    "aget": _aget,
    "aget of none": lambda leads: leads.aget(Company="Nobody"),
    "aget of several": lambda leads: leads.aget(Lead_Status="Contacted"),
    "afirst": lambda leads: leads.order_by("-id").afirst(),
    "afirst of nothing is None": lambda leads: leads.none().afirst(),
    "alast": lambda leads: leads.order_by("-id").alast(),
    "aearliest": lambda leads: leads.filter(Follow_Up_Date__isnull=False).aearliest(
        "Follow_Up_Date", "id"
    ),
    "alatest": lambda leads: leads.filter(Follow_Up_Date__isnull=False).alatest(
        "Follow_Up_Date", "id"
    ),
    "alatest of nothing": lambda leads: leads.none().alatest("id"),
    "acount": lambda leads: some(leads).acount(),
    "acount of a slice": lambda leads: leads[70:].acount(),
    "aexists": lambda leads: some(leads).aexists(),
    "aexists of nothing": lambda leads: leads.filter(Company="Nobody").aexists(),
    "acontains": _acontains,
    "ain_bulk": _ain_bulk,
    "aaggregate": lambda leads: leads.aaggregate(Sum("Annual_Revenue"), n=Count("id")),
}


@check_each("promise", VALUES)
def test_values_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(VALUES[promise])
    assert ours == theirs


@check_each("promise", NUMBERS)
def test_numbers_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(NUMBERS[promise])
    assert ours == theirs


@check_each("promise", ASYNCHRONOUS)
def test_awaited_answers_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(ASYNCHRONOUS[promise])
    assert ours == theirs


def test_compared_results_are_not_empty(both: Both) -> None:
    ours, theirs = both.answers(lambda leads: leads.filter(Company="Acme"))
    assert len(ours) == len(theirs) > 3
    assert both.answers(
        lambda leads: leads.values("Demo_Scheduled_At").exclude(Demo_Scheduled_At=None).first()
    )[0]["Demo_Scheduled_At"].tzinfo
    assert isinstance(both.zoho.exclude(Demo_Scheduled_At=None).first().Demo_Scheduled_At, datetime)
    assert both.answers(lambda leads: leads.get(Company="Nobody")) == ("DoesNotExist",) * 2
    assert both.answers(lambda leads: leads.model.__module__)[0] != both.django.model.__module__
