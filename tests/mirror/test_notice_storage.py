"""Notices do not pile up, even if no worker reads them."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import Channel, Notice
from django_zcrm.mirror.notifications import notices, subscribe
from django_zcrm.mirror.notifications.notices import MAX_AGE, limit_notices
from django_zcrm.mirror.runners.pruning import prune
from django_zcrm.models import Connection
from tests.cases import check_each
from tests.mirror.clock import Clock
from tests.mirror.conftest import Post

pytestmark = pytest.mark.django_db


def add_notices(channel: Channel, module: str, count: int) -> None:
    """Store notices as if they had been posted."""
    Notice.objects.bulk_create(
        Notice(
            channel=channel,
            module=module,
            operation="update",
            ids=["1"],
            digest=f"{module} {number}",
        )
        for number in range(count)
    )


def test_notices_of_a_module_without_a_mirror_are_purged_by_age(
    connection: Connection, body: dict[str, Any], post: Post, clock: Clock
) -> None:
    subscribe(connection, ["Deals.all"])
    post({**body, "module": "Deals"})
    run_due()
    assert Notice.objects.count() == 1
    clock.forward(seconds=MAX_AGE.total_seconds() + 1)
    run_due()
    assert not Notice.objects.exists()


def test_only_the_newest_notices_of_each_module_are_kept(
    in_step: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "MAX_STORED", 5)
    monkeypatch.setattr(notices, "DELETED", 2)
    add_notices(in_step, "Leads", 12)
    add_notices(in_step, "Deals", 5)
    assert limit_notices() == 7
    digests = Notice.objects.order_by("pk").values_list("digest", flat=True)
    assert list(digests.filter(module="Leads")) == [f"Leads {number}" for number in range(7, 12)]
    assert digests.filter(module="Deals").count() == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor == 'sqlite'", reason="it locks no rows")
def test_pruning_leaves_rows_that_another_transaction_has_locked(in_step: Channel) -> None:
    add_notices(in_step, "Leads", 3)
    Notice.objects.update(received_at=timezone.now() - 2 * MAX_AGE)
    key = Notice.objects.order_by("pk").values_list("pk", flat=True)[1]

    def prune_there() -> None:
        try:
            prune()
        finally:
            database.close()

    with transaction.atomic():
        Notice.objects.select_for_update().get(pk=key)
        pruner = threading.Thread(target=prune_there)
        pruner.start()
        pruner.join(20)
        assert not pruner.is_alive()
    assert list(Notice.objects.values_list("pk", flat=True)) == [key]
    prune()
    assert not Notice.objects.exists()


def test_pruning_deletes_slices_in_few_transactions(in_step: Channel) -> None:
    add_notices(in_step, "Leads", 30)
    Notice.objects.update(received_at=timezone.now() - 2 * MAX_AGE)
    with CaptureQueriesContext(database) as queries:
        prune()
    begun = [query for query in queries if query["sql"].startswith(("SAVEPOINT", "BEGIN"))]
    assert len(begun) == 3  # one for each kind of rows
    assert not Notice.objects.exists()


@check_each("name", ["ids", "channel_id", "token", "module", "operation"])
def test_notice_with_a_nested_value_of_any_depth_is_refused(
    body: dict[str, Any], post: Post, name: str
) -> None:
    before = json.dumps({**body, name: "NESTED"})
    statuses = set()
    for depth in (1, 10, *range(200, 2_000, 10)):
        nested = "[" * depth + "]" * depth
        value = f"[{nested}]" if name == "ids" else nested
        statuses.add(post(before.replace('"NESTED"', value)).status_code)
    assert statuses == {400}
    assert not Notice.objects.exists()
