"""Random conditions give the same leads by COQL and bulk read as by Django's ORM in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from django_zcrm.testing.standalone import emulated
from django_zcrm.zoho.errors import NotSupported
from tests.wire.query.oracle import Oracle, database


@pytest.fixture(scope="module", autouse=True)
def oracle(django_db_blocker: Any) -> Iterator[Oracle]:
    with (
        django_db_blocker.unblock(),
        timezone.override("UTC"),
        database(),
        emulated(data="empty") as zcrm,
    ):
        yield Oracle(zcrm, 400)


def test_conditions_find_the_same_records(oracle: Oracle) -> None:
    leads = oracle.zcrm.client().objects("Leads").only("id")
    refused = {"coql": 0, "bulk": 0}

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(oracle.conditions())
    def check(condition: Q) -> None:
        for expected, found in (
            (oracle.ids(condition), leads.filter(condition)),
            (oracle.ids(~condition), leads.exclude(condition)),
        ):
            for via in refused:
                try:
                    rows = list(found.iterator(via=via))  # type: ignore[arg-type]
                except NotSupported:
                    refused[via] += 1
                    continue
                assert [int(row["id"]) for row in rows] == expected
                if via == "coql":
                    assert found.count() == len(expected)
                    backwards = found.order_by("-id").values_list("id", flat=True)
                    assert [int(one) for one in backwards] == expected[::-1]

    check()
    assert refused["coql"] < 200
    assert refused["bulk"] < 400


def test_sums_and_groups_are_the_same(oracle: Oracle) -> None:
    leads = oracle.zcrm.client().objects("Leads")
    wanted = {
        "n": Count("id"),
        "filled": Count("Annual_Revenue"),
        "total": Sum("Annual_Revenue"),
        "low": Min("No_of_Employees"),
        "high": Max("No_of_Employees"),
    }

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(oracle.conditions())
    def check(condition: Q) -> None:
        try:
            found = leads.filter(condition).aggregate(**wanted)
        except NotSupported:
            return
        matching = oracle.leads.filter(pk__in=oracle.ids(condition))
        assert found == pytest.approx(matching.aggregate(**wanted))
        groups = leads.filter(condition).values("Lead_Status", "Email_Opt_Out").annotate(**wanted)
        expected = matching.values("Lead_Status", "Email_Opt_Out")
        by_key = {
            (row.pop("Lead_Status"), row.pop("Email_Opt_Out")): pytest.approx(row)
            for row in expected.annotate(**wanted)
        }
        assert {(row.pop("Lead_Status"), row.pop("Email_Opt_Out")): row for row in groups} == by_key

    check()
