"""The hottest queries of a fleet read an index, on PostgreSQL: their plans scan no whole table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import models
from django.utils import timezone

from django_zcrm.conf import get_settings
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.runners.claims import ROUTINE, URGENT, find_claimable
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from tests.mirror.shop.models import Lead

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(database.vendor != "postgresql", reason="plans differ by database"),
]

TENANTS, ROWS = 1_000, 10
MODULES = ("Accounts", "Contacts", "Leads")


@pytest.fixture
def connections(db: None) -> list[Connection]:
    """A fleet of which little is due; the statistics are those of its tables."""
    config, now = get_settings(), timezone.now()
    Connection.objects.bulk_create(
        Connection(
            user_identifier=f"user{n}",
            organisation_id=str(n + 1),
            client_id=config.client_id,
            environment=config.environment,
        )
        for n in range(TENANTS)
    )
    rows = list(Connection.objects.order_by("pk"))
    MirrorState.objects.bulk_create(
        MirrorState(
            connection=row,
            module=module,
            phase="live",
            synced_until=now,
            due=now + timedelta(seconds=number - 10),
        )
        for number, row in enumerate(rows)
        for module in MODULES
    )
    Lead.objects.bulk_create(
        Lead(connection=row, zoho_organisation=row.organisation_id, zoho_id=f"{row.pk}{n}")
        for row in rows
        for n in range(ROWS)
    )
    OutboxItem.objects.bulk_create(
        OutboxItem(connection=row, module="Leads", object_id=str(row.pk), state="done")
        for row in rows
    )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    return rows


def find_table_scans(rows: models.QuerySet[Any]) -> list[str]:
    """Return the lines of a query's plan that read a whole table."""
    return [line for line in rows.explain().splitlines() if "Seq Scan" in line]


def urgent_claim(row: Connection) -> models.QuerySet[Any]:
    return find_claimable(URGENT)[:1]


def routine_claim(row: Connection) -> models.QuerySet[Any]:
    return find_claimable(ROUTINE)[:1]


def rows_of_a_page(row: Connection) -> models.QuerySet[Any]:
    return target_of("Leads").rows(row).filter(zoho_id__in=[f"{row.pk}{n}" for n in range(5)])


def open_changes(row: Connection) -> models.QuerySet[Any]:
    return OutboxItem.objects.of(row, "Leads").open()


def rows_of_a_connection(row: Connection) -> models.QuerySet[Any]:
    return Lead.objects.for_connection(row).live()


HOT = (urgent_claim, routine_claim, rows_of_a_page, open_changes, rows_of_a_connection)


def test_plans_of_hot_queries_scan_no_table(connections: list[Connection]) -> None:
    row = connections[TENANTS // 2]
    assert {find.__name__: find_table_scans(find(row)) for find in HOT} == {
        find.__name__: [] for find in HOT
    }
