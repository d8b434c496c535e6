"""Random conditions give the same leads by COQL as by Django's ORM in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Q
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
    refused = 0

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(oracle.conditions())
    def check(condition: Q) -> None:
        nonlocal refused
        expected = list(oracle.leads.filter(condition).order_by("id").values_list("pk", flat=True))
        try:
            found = [int(row["id"]) for row in leads.filter(condition)]
        except NotSupported:
            refused += 1
            return
        assert found == expected
        assert leads.filter(condition).count() == len(expected)
        without = oracle.leads.exclude(condition).order_by("-id").values_list("pk", flat=True)
        try:
            found = [int(row["id"]) for row in leads.exclude(condition).order_by("-id")]
        except NotSupported:
            return
        assert found == list(without)

    check()
    assert refused < 100
