"""Orders, slices, single records and what is kept: as Django's documentation promises."""

from __future__ import annotations

import itertools
from typing import Any

import django
from django.core.paginator import Paginator

from tests.cases import check_each
from tests.wire.query.both import Ask, Both


def full(leads: Any) -> Any:
    """Leads that are empty in none of the fields to order by: Django leaves open where those go."""
    return leads.filter(
        Company__isnull=False, No_of_Employees__isnull=False, Follow_Up_Date__isnull=False
    )


ORDERS: dict[str, Ask] = {
    "order_by a field": lambda leads: full(leads).order_by("No_of_Employees", "id"),
    "order_by a field, descending": lambda leads: full(leads).order_by("-No_of_Employees", "id"),
    "order_by several, each in its direction": lambda leads: full(leads).order_by(
        "Follow_Up_Date", "-No_of_Employees", "-id"
    ),
    "order_by text": lambda leads: full(leads).order_by("Company", "id"),
    "order_by text, descending": lambda leads: full(leads).order_by("-Company", "-id"),
    "order_by a checkbox": lambda leads: leads.order_by("Email_Opt_Out", "id"),
    "order_by dates": lambda leads: full(leads).order_by("-Follow_Up_Date", "id"),
    "order_by pk": lambda leads: leads.order_by("-pk"),
    "order_by a field of another module": lambda leads: leads.filter(
        Referred_By__isnull=False
    ).order_by("Referred_By__Last_Name", "id"),
    "order_by replaces the order before": lambda leads: leads.order_by("Company").order_by("-id"),
    "order_by after filter": lambda leads: leads.filter(Lead_Status="Contacted").order_by("-id"),
    "filter after order_by keeps the order": lambda leads: leads.order_by("-id").filter(
        Lead_Status="Contacted"
    ),
    "order_by what does not exist is refused": lambda leads: list(leads.order_by("Compny")),
    "ordered is true with an order": lambda leads: leads.order_by("Company").ordered,
    "reverse turns the order": lambda leads: full(leads).order_by("Follow_Up_Date", "id").reverse(),
    "reverse of reverse": lambda leads: leads.order_by("-id").reverse().reverse(),
    "order_by after reverse is reversed, too": lambda leads: leads.reverse().order_by("id"),
}

SLICES: dict[str, Ask] = {
    "a slice from the start": lambda leads: leads.order_by("id")[:5],
    "a slice in the middle": lambda leads: leads.order_by("id")[5:10],
    "a slice to the end": lambda leads: leads.order_by("id")[70:],
    "a slice beyond the end": lambda leads: leads.order_by("id")[75:200],
    "a slice behind the end is empty": lambda leads: leads.order_by("id")[500:510],
    "a slice of nothing": lambda leads: leads.order_by("id")[5:5],
    "a slice from high to low is empty": lambda leads: leads.order_by("id")[9:5],
    "a slice of a slice": lambda leads: leads.order_by("id")[10:40][5:10],
    "a slice of a slice stays within": lambda leads: leads.order_by("id")[10:20][5:50],
    "a slice is lazy": lambda leads: hasattr(leads[:5], "iterator"),
    "a slice of what is kept is a list": lambda leads: [
        len(leads),
        isinstance(leads[:5], list),
    ],
    "a slice by offset of another order": lambda leads: full(leads).order_by("-Company", "id")[3:9],
    "an item": lambda leads: leads.order_by("id")[7],
    "an item of a slice": lambda leads: leads.order_by("id")[10:20][3],
    "an item behind the end": lambda leads: leads.order_by("id")[5000],
    "an item behind the end of a slice": lambda leads: leads.order_by("id")[5:8][3],
    "an item counted from the end is refused": lambda leads: leads[-1],
    "a slice counted from the end is refused": lambda leads: leads[-5:],
    "a slice to a place counted from the end is refused": lambda leads: leads[:-5],
    "an item by a name is refused": lambda leads: leads["Company"],
    "a slice is not filtered": lambda leads: leads[:5].filter(Company="Acme"),
    "a slice is not excluded from": lambda leads: leads[:5].exclude(Company="Acme"),
    "a slice is not reordered": lambda leads: leads[:5].order_by("id"),
    "a slice is not reversed": lambda leads: leads[:5].reverse(),
    "a slice has no last": lambda leads: leads[:5].last(),
    "a slice has a first": lambda leads: leads.order_by("-id")[3:9].first(),
    "a slice has no latest": lambda leads: leads[:5].latest("id"),
    "a slice has no record by id": lambda leads: leads[:5].get(pk=1),
    "a slice is counted": lambda leads: leads[70:].count(),
    "a slice behind the end counts nothing": lambda leads: leads[500:].count(),
    "a slice exists": lambda leads: [leads[70:].exists(), leads[500:].exists()],
    "a slice of one is got": lambda leads: leads.order_by("id")[3:4].get(),
}

SINGLE: dict[str, Ask] = {
    "get by pk": lambda leads: leads.get(pk=leads.order_by("id")[9].pk),
    "get by id": lambda leads: leads.get(id=leads.order_by("id")[9].pk),
    "get after filter": lambda leads: leads.filter(pk=leads.order_by("id")[9].pk).get(),
    "get of none": lambda leads: leads.get(Company="Nobody"),
    "get of several": lambda leads: leads.get(Lead_Status="Contacted"),
    "get of an empty set": lambda leads: leads.none().get(),
    "errors of get are those of the model": lambda leads: [
        leads.model.DoesNotExist.__name__,
        leads.model.MultipleObjectsReturned.__name__,
    ],
    "first of an order": lambda leads: leads.order_by("-id").first(),
    "first without an order is that of the lowest id": lambda leads: leads.first(),
    "first of nothing is None": lambda leads: leads.filter(Company="Nobody").first(),
    "last of an order": lambda leads: leads.order_by("-id").last(),
    "last without an order is that of the highest id": lambda leads: leads.last(),
    "last of nothing is None": lambda leads: leads.filter(Company="Nobody").last(),
    "earliest of a field": lambda leads: full(leads).earliest("Follow_Up_Date", "id"),
    "earliest of a field, descending": lambda leads: full(leads).earliest("-Follow_Up_Date", "id"),
    "latest of a field": lambda leads: full(leads).latest("Follow_Up_Date", "id"),
    "latest regards no order": lambda leads: leads.order_by("-id").latest("id"),
    "latest of what is reversed": lambda leads: leads.reverse().latest("id"),
    "earliest of nothing": lambda leads: leads.none().earliest("id"),
    "latest of nothing": lambda leads: leads.filter(Company="Nobody").latest("id"),
    "earliest of no field": lambda leads: leads.earliest(),
    "exists": lambda leads: [
        leads.exists(),
        leads.filter(Company="Nobody").exists(),
        leads.none().exists(),
    ],
    "count": lambda leads: [
        leads.count(),
        leads.filter(Lead_Status="Contacted").count(),
        leads.none().count(),
    ],
    "contains a record": lambda leads: [
        leads.contains(leads.first()),
        leads.exclude(pk=leads.first().pk).contains(leads.first()),
    ],
    "contains refuses values": lambda leads: leads.values("id").contains(leads.first()),
    "in_bulk by id": lambda leads: leads.in_bulk([lead.pk for lead in leads.order_by("id")[3:9]]),
    "in_bulk of all": lambda leads: leads.filter(Lead_Status="Contacted").in_bulk(),
    "in_bulk of nothing": lambda leads: leads.in_bulk([]),
    "in_bulk leaves out what there is not": lambda leads: leads.in_bulk([1, leads.first().pk]),
    "in_bulk takes an iterator": lambda leads: leads.in_bulk(
        lead.pk for lead in leads.order_by("id")[:3]
    ),
    "in_bulk regards the filter": lambda leads: leads.filter(pk=leads.last().pk).in_bulk(
        [leads.first().pk, leads.last().pk]
    ),
    "in_bulk refuses a slice": lambda leads: leads[:5].in_bulk([1]),
    "in_bulk refuses a field that may have duplicates": lambda leads: (
        "refused" if _refuses(lambda: leads.in_bulk(["a"], field_name="Company")) else "taken"
    ),
}
if django.VERSION < (6, 1):  # later ones take them
    SINGLE["in_bulk refuses values"] = lambda leads: leads.values("id").in_bulk([1])


def _refuses(ask: Any) -> bool:
    """Return whether something raises: Django a ValueError, we a ConfigurationError."""
    try:
        ask()
    except Exception:
        return True
    return False


def _select(leads: Any) -> Any:
    """A separate record set, and what was seen of it."""
    return leads.filter(Lead_Status="Contacted").order_by("id")


KEPT: dict[str, Ask] = {
    "iteration goes through all": lambda leads: list(_select(leads)),
    "iteration again gives the same objects": lambda leads: [
        (lambda some: [record is other for record, other in zip(some, some, strict=True)])(
            _select(leads)
        )
    ],
    "len": lambda leads: len(_select(leads)),
    "bool": lambda leads: [bool(leads), bool(leads.none()), bool(leads.filter(Company="Nobody"))],
    "list of an empty set": lambda leads: list(leads.none()),
    "in": lambda leads: [leads.first() in leads, leads.first() in leads.none()],
    "len while iterating": lambda leads: (lambda some: [len(some) for _ in some])(_select(leads)),
    "simultaneous iterations": lambda leads: (
        lambda some: list(itertools.islice(zip(some, some, strict=True), 3))
    )(_select(leads)),
    "an iterator gives the same": lambda leads: list(_select(leads).iterator()),
    "an iterator in small pieces": lambda leads: list(_select(leads).iterator(chunk_size=3)),
    "an iterator keeps nothing": lambda leads: (
        lambda some: [len(list(some.iterator())), some.first() is some.first()]
    )(_select(leads)),
    "an iterator of no records at a time is refused": lambda leads: list(
        leads.iterator(chunk_size=0)
    ),
    "count of what is kept": lambda leads: (lambda some: [len(some), some.count()])(_select(leads)),
    "filter leaves the first set alone": lambda leads: (
        lambda some: [some.filter(Company="Nobody").count(), some.count()]
    )(_select(leads)),
    "exclude leaves the first set alone": lambda leads: (
        lambda some: [some.exclude(Lead_Status="Contacted").count(), some.count()]
    )(_select(leads)),
    "order_by leaves the first set alone": lambda leads: (
        lambda some: [some.order_by("-id").first(), some.first()]
    )(_select(leads)),
    "reverse leaves the first set alone": lambda leads: (
        lambda some: [some.reverse().first(), some.first()]
    )(_select(leads)),
    "a slice leaves the first set alone": lambda leads: (
        lambda some: [some[:2].count(), some.count()]
    )(_select(leads)),
    "values leaves the first set alone": lambda leads: (
        lambda some: [some.values("Company")[0], some[0]]
    )(_select(leads)),
    "all is a set of its own": lambda leads: (lambda some: some.all() is some)(_select(leads)),
    "none is empty, whatever follows": lambda leads: list(
        leads.none().filter(Company="Acme").exclude(Email=None).order_by("id")
    ),
    "none keeps its model": lambda leads: leads.none().model is leads.model,
    "one set is not another": lambda leads: leads.all() == leads.all(),
    "pages of a paginator": lambda leads: [
        list(page) for page in Paginator(leads.order_by("id"), 30)
    ],
    "numbers of a paginator": lambda leads: (
        lambda paginator: [paginator.count, paginator.num_pages, list(paginator.page_range)]
    )(Paginator(leads.order_by("id"), 30)),
    "the last page of a paginator": lambda leads: (
        lambda page: [list(page), page.has_next(), page.start_index(), page.end_index()]
    )(Paginator(leads.order_by("-id"), 30).page(3)),
    "orphans of a paginator": lambda leads: len(
        Paginator(leads.order_by("id"), 30, orphans=20).page(2)
    ),
    "a page of a paginator that there is not": lambda leads: Paginator(
        leads.order_by("id"), 30
    ).page(4),
    "a page of a paginator by any number": lambda leads: (
        Paginator(leads.order_by("id"), 30).get_page("x").number
    ),
}


@check_each("promise", ORDERS)
def test_orders_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(ORDERS[promise])
    assert ours == theirs


@check_each("promise", SLICES)
def test_slices_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(SLICES[promise])
    assert ours == theirs


@check_each("promise", SINGLE)
def test_single_records_are_those_of_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(SINGLE[promise])
    assert ours == theirs


@check_each("promise", KEPT)
def test_caching_matches_django(promise: str, both: Both) -> None:
    ours, theirs = both.answers(KEPT[promise])
    assert ours == theirs
