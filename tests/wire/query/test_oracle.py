"""Random conditions give the same leads by every route as by Django's ORM in SQLite.

`ZCRM_ORACLE_TREES=10000` runs this many of them over 2,000 leads: half an hour.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_zcrm.testing.standalone import emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Options, RecordSet
from tests.wire.query.conditions import conditions, orders, slices
from tests.wire.query.oracle import Oracle, database

TREES = int(os.environ.get("ZCRM_ORACLE_TREES", "0"))
LEADS = 2_000 if TREES else 300
SUMMED = ("No_of_Employees", "Annual_Revenue")
WANTED = {
    "n": Count("id"),
    "filled": Count("Annual_Revenue"),
    "total": Sum("Annual_Revenue"),
    "employees": Sum("No_of_Employees"),
    "low": Min("No_of_Employees"),
    "high": Max("No_of_Employees"),
}


def examples(normally: int, of_many: float = 1.0) -> settings:
    """Return how many examples there are: normally, or as a part of `ZCRM_ORACLE_TREES`."""
    return settings(
        max_examples=int(TREES * of_many) or normally,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module", autouse=True)
def oracle(django_db_blocker: Any) -> Iterator[Oracle]:
    with (
        django_db_blocker.unblock(),
        timezone.override("America/New_York"),
        database(),
        emulate(data="empty") as zcrm,
    ):
        yield Oracle(zcrm, LEADS)


def leads_of(oracle: Oracle, version: str = "v8") -> RecordSet[RecordDict]:
    """The record set of all leads, whose days begin where those of Django do."""
    session = oracle.zcrm.client(version).session
    return Client(session, Options(zone=timezone.get_current_timezone)).objects("Leads")


def ids_of(rows: Any) -> list[int]:
    return [int(row["id"]) for row in rows]


def sums_of(rows: list[Any]) -> list[Any]:
    """Sum up what came by a route, None where there is nothing to sum, as SQL does."""
    summed = ([row[name] for row in rows if row[name] is not None] for name in SUMMED)
    return [sum(values) if values else None for values in summed]


@pytest.mark.slow
def test_conditions_find_the_same_records(oracle: Oracle) -> None:
    leads = leads_of(oracle).only(*SUMMED)
    outcomes = Counter[str]()

    @examples(200)
    @given(conditions(oracle.lead_ids, oracle.contact_ids), orders(), slices(LEADS))
    @example(Q(id__in=oracle.lead_ids[:5]), [], slice(3))  # which lists have, as few do by chance
    def check(condition: Q, order: list[str], part: slice) -> None:
        expected = oracle.ids(condition)
        totals = oracle.leads.filter(pk__in=expected).aggregate(*map(Sum, SUMMED))
        found = leads.filter(condition)
        for via in ("coql", "list", "bulk"):
            try:
                rows = list(found.iterator(via=via))
            except NotSupported:
                outcomes[f"{via}: refused"] += 1
                continue
            outcomes[f"{via}: same"] += 1
            assert ids_of(rows) == expected
            assert sums_of(rows) == list(totals.values())
            if via == "coql":
                assert found.count() == len(expected)
                assert found.aggregate(*map(Sum, SUMMED)) == totals
                ordered = found.order_by(*order)
                in_order = oracle.ordered(expected, order)
                assert ids_of(ordered) == in_order
                assert ids_of(ordered[part]) == in_order[part]
                if order:
                    assert ids_of(ordered.reverse().iterator(chunk_size=700)) == oracle.ordered(
                        expected, [reverse_order(name) for name in (*order, "id")]
                    )

        # Lists have no conditions except ids; those of what was found they do have.
        some = leads.filter(id__in=expected[:100])
        assert ids_of(some.iterator(via="list")) == expected[:100]

    check()
    # For long runs: how many of them a route took (pytest -s).
    print(dict(sorted(outcomes.items())))
    assert outcomes["coql: same"] > 2 * outcomes["coql: refused"]
    assert outcomes["bulk: same"] > outcomes["bulk: refused"]
    assert outcomes["list: same"]


def reverse_order(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


@pytest.mark.slow
def test_exclude_finds_all_others(oracle: Oracle) -> None:
    leads = leads_of(oracle).only("id")

    @examples(100, 0.1)
    @given(conditions(oracle.lead_ids, oracle.contact_ids))
    def check(condition: Q) -> None:
        try:
            found = ids_of(leads.exclude(condition))
        except NotSupported:
            return
        assert found == oracle.ids(~condition)
        assert set(found).isdisjoint(oracle.ids(condition))

    check()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v2", "v4", "v6"])
def test_older_versions_find_the_same_records(oracle: Oracle, version: str) -> None:
    leads = leads_of(oracle, version).only("id")

    @examples(25, 0.1)
    @given(conditions(oracle.lead_ids, oracle.contact_ids), orders(), slices(LEADS))
    def check(condition: Q, order: list[str], part: slice) -> None:
        expected = oracle.ids(condition)
        try:
            assert ids_of(leads.filter(condition).iterator(via="coql")) == expected
        except NotSupported:
            return
        ordered = leads.filter(condition).order_by(*order)
        assert ids_of(ordered[part]) == oracle.ordered(expected, order)[part]

    check()


@pytest.mark.slow
def test_lists_find_the_same_records(oracle: Oracle) -> None:
    leads = leads_of(oracle).only(*SUMMED)
    some = st.lists(st.sampled_from(oracle.lead_ids), max_size=150)
    by_id = some.map(lambda ids: Q(id__in=ids)) | st.sampled_from(oracle.lead_ids).map(
        lambda record_id: Q(id=record_id)
    )

    @examples(100, 0.1)
    @given(st.just(Q()) | by_id, st.sampled_from([[], ["id"], ["-id"]]), slices(LEADS))
    def check(condition: Q, order: list[str], part: slice) -> None:
        expected = oracle.ordered(oracle.ids(condition), order)
        found = leads.filter(condition).order_by(*order)
        rows = list(found.iterator(via="list"))
        assert ids_of(rows) == expected
        assert sums_of(rows) == list(
            oracle.leads.filter(pk__in=expected).aggregate(*map(Sum, SUMMED)).values()
        )
        assert ids_of(found[part].iterator(via="list")) == expected[part]
        assert found[part].count() == len(expected[part])

    check()


@pytest.mark.slow
def test_sums_and_groups_are_the_same(oracle: Oracle) -> None:
    leads = leads_of(oracle)

    @examples(60, 0.1)
    @given(conditions(oracle.lead_ids, oracle.contact_ids))
    def check(condition: Q) -> None:
        try:
            totals = leads.filter(condition).aggregate(**WANTED)
        except NotSupported:
            return
        matching = oracle.leads.filter(pk__in=oracle.ids(condition))
        assert totals == matching.aggregate(**WANTED)
        aggregates = {name: aggregate for name, aggregate in WANTED.items() if name != "filled"}
        groups = (
            leads.filter(condition).values("Lead_Status", "Email_Opt_Out").annotate(**aggregates)
        )
        expected = matching.values("Lead_Status", "Email_Opt_Out")
        by_key = {
            (row.pop("Lead_Status"), row.pop("Email_Opt_Out")): row
            for row in expected.annotate(**aggregates)
        }
        assert {(row.pop("Lead_Status"), row.pop("Email_Opt_Out")): row for row in groups} == by_key

    check()
