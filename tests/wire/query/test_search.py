"""Zoho's search as a separate kind of record set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.criteria import where
from django_zcrm.zoho.errors import (
    ConfigurationError,
    DoesNotExist,
    NotSupported,
    TooManyRecords,
)
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Count, RecordSet
from django_zcrm.zoho.query.read import searching
from tests.wire.query.conftest import SIZE

Leads = RecordSet[RecordDict]


def test_search_returns_matching_records(leads: Leads, zcrm: ZCRMEmulator) -> None:
    found = leads.search(word="Company 1")
    assert {row["Last_Name"] for row in found} == {f"Lead {n}" for n in range(1, SIZE, 7)}
    assert found[0].keys() == {"Last_Name", "id"}
    assert leads.search(email="lead3@acme.example").get()["Last_Name"] == "Lead 3"
    assert len(leads.search(criteria=where("Lead_Status", "equals", "Contacted"))) == 30
    assert leads.search(word="Company 1").values_list("Last_Name", flat=True).count() == 9
    with pytest.raises(DoesNotExist):
        leads.search(phone="12345").get()
    assert {request.path for request in zcrm.requests} == {
        "/crm/v8/Leads/search",
        "/crm/v8/Leads/actions/count",
    }


def test_search_is_sliced_and_paged(leads: Leads, zcrm: ZCRMEmulator) -> None:
    found = leads.search(word="Company")
    rows = list(found.iterator(chunk_size=25))
    assert len(rows) == SIZE
    assert len(zcrm.requests) == 3
    assert list(found[30:40]) == rows[30:40]
    assert zcrm.requests[-1].params is not None
    assert zcrm.requests[-1].params["per_page"] == "40"
    assert (found.count(), found[50:].count(), found.exists(), found[:3].count()) == (
        60,
        10,
        True,
        3,
    )
    assert found.first() == rows[0]


def test_any_size_of_pages_reaches_all_results(
    leads: Leads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "REACH", SIZE)
    assert len(list(leads.search(word="Company").iterator(chunk_size=25))) == SIZE


def test_all_fields_come_as_from_coql(leads: Leads) -> None:
    every = leads.only()
    [found] = every.search(email="lead3@acme.example")
    assert found == every.get(Last_Name="Lead 3")


@pytest.mark.slow
def test_the_search_ends_after_two_thousand() -> None:
    with emulate(data="empty") as zcrm:
        zcrm.create("Leads", 2_001, Company="Acme")
        found = zcrm.client().objects("Leads").only("id").search(word="Acme")
        assert len(found[:2_000]) == 2_000
        with pytest.raises(TooManyRecords, match="returns at most 2,000 records"):
            list(found)


@pytest.mark.parametrize(
    "ask",
    [
        lambda leads: leads.filter(Company="x").search(word="Acme"),
        lambda leads: leads.order_by("Company").search(word="Acme"),
        lambda leads: leads[:5].search(word="Acme"),
        lambda leads: leads.search(word="Acme").filter(Company="x"),
        lambda leads: leads.search(word="Acme").order_by("id"),
        lambda leads: leads.search(word="Acme").last(),
        lambda leads: leads.search(word="Acme").view("5"),
        lambda leads: leads.search(word="Acme") | leads,
        lambda leads: leads & leads.search(word="Acme"),
        lambda leads: leads.search(word="Acme").aggregate(n=Count("id")),
        lambda leads: leads.values("Company").search(word="Acme").annotate(n=Count("id")),
        lambda leads: leads.values("Company").annotate(n=Count("id")).search(word="Acme"),
        lambda leads: list(leads.only("Owner__email").search(word="Acme")),
        lambda leads: list(leads.search(word="Acme").iterator(via="coql")),
    ],
)
def test_a_search_is_not_mixed_with_conditions(
    ask: Callable[[Leads], Any], leads: Leads, zcrm: ZCRMEmulator
) -> None:
    with pytest.raises(NotSupported):
        ask(leads)
    assert not zcrm.requests


def test_a_search_is_for_one_thing(leads: Leads) -> None:
    for wrong in ({}, {"word": "a", "email": "b"}, {"word": ""}):
        with pytest.raises(ConfigurationError, match="one of word"):
            leads.search(**wrong)


def test_searches_are_explained_and_awaited(leads: Leads) -> None:
    found = leads.search(word="Company 1")
    explained = found.explain(records=400)
    assert (explained.route, explained.requests, explained.credits) == ("search", 2, 6)
    assert str(found.query) == ""

    async def ask() -> list[Any]:
        return [row async for row in found.all()]

    assert asyncio.run(ask()) == list(found)


def test_empty_search_makes_no_call(leads: Leads, zcrm: ZCRMEmulator) -> None:
    nothing: Iterator[Any] = iter(leads.search(word="Acme").none())
    assert list(nothing) == []
    assert leads.search(word="Acme")[:0].count() == 0
    assert not zcrm.requests
