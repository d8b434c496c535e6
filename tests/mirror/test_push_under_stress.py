"""Many changes, lost answers, rows that Zoho refuses: each record once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ZCRMError
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.processes import Processes
from tests.mirror.pushing import push_changes
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.slow

State = OutboxItem.State

COUNT = 300
"""Rows, of which one has a value that Zoho refuses."""


@pytest.fixture
def referenced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leads are matched on a field that their model does not have."""
    monkeypatch.setattr(Lead.Zoho, "match_on", "External_Reference")
    options_of.cache_clear()
    yield
    monkeypatch.undo()
    options_of.cache_clear()


def sent_all(connection: Connection) -> int:
    """Send until nothing is left to be sent; return how many turns that took."""
    turns = 0
    while OutboxItem.objects.open().exists():
        OutboxItem.objects.open().update(due=timezone.now())
        with suppress(ZCRMError):
            push_changes(connection)
        turns += 1
        assert turns < 100
    return turns


def is_poison(number: int) -> bool:
    """Whether Zoho refuses a row: one in 500."""
    return number % 500 == 250


@pytest.mark.django_db
@pytest.mark.parametrize("match", ["reference", "email", "nothing"])
def test_creations_with_lost_responses_create_each_record_once(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    request: pytest.FixtureRequest,
    seed: int,
    match: str,
) -> None:
    if match == "reference":
        request.getfixturevalue("referenced")
    operation = "records.create" if match == "nothing" else "records.upsert"
    for number in range(COUNT):
        email = f"fox{number}@example.com" if match == "email" else None
        Lead.objects.create(name=f"Fox {number}", email="nonsense" if is_poison(number) else email)
    chance = random.Random(seed)  # noqa: S311
    for skip in chance.sample(range(COUNT // 50), 2):
        zcrm_emulator.fail_next(operation, drop=chance.choice(["after", "before"]), skip=skip)
    sent_all(connection)
    records = Counter(record["Last_Name"] for record in zcrm_emulator.records("Leads"))
    good = {f"Fox {number}" for number in range(COUNT) if not is_poison(number)}
    assert set(records) == good
    assert set(records.values()) == {1}
    ids = {record["Last_Name"]: record["id"] for record in zcrm_emulator.records("Leads")}
    assert dict(Lead.objects.exclude(zoho_id=None).values_list("name", "zoho_id")) == ids
    assert OutboxItem.objects.filter(state=State.FAILED).count() == sum(
        map(is_poison, range(COUNT))
    )


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_push_at_once_create_each_record_once(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    for number in range(COUNT):
        Lead.objects.create(name=f"Fox {number}", email=f"fox{number}@example.com")
    started = [
        processes.start("zcrm_sync", "--watch", POLL_INTERVAL=1, SETTLE_TIME=0) for _ in range(2)
    ]
    processes.wait_until(lambda: not OutboxItem.objects.open().exists())
    assert [process.poll() for process in started] == [None, None]
    records = Counter(record["Last_Name"] for record in zcrm_live_emulator.records("Leads"))
    assert len(records) == COUNT
    assert set(records.values()) == {1}
    assert Lead.objects.exclude(zoho_id=None).count() == Lead.objects.count() == COUNT
