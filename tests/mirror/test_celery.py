"""Celery's workers on RabbitMQ and Redis: one worker per mirror at a time, and nothing is lost."""

from __future__ import annotations

import re
import secrets
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import transaction
from django.utils import timezone

from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.mirror.wake import wake
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.testing.assertions import mask_request
from tests.mirror.brokers import Broker, RabbitMQ, broker
from tests.mirror.processes import PATIENCE, Processes
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BROKERS = ["redis", "rabbitmq"]
LEASE = 5.0
WORKER = ["worker", "--pool", "solo", "--without-gossip", "--without-mingle", "-l", "INFO"]


class Queue:
    """A site whose mirrors are done by Celery's workers."""

    def __init__(self, processes: Processes, broker: Broker) -> None:
        self.processes = processes
        self.broker = broker
        self.name = f"mirror-{secrets.token_hex(6)}"
        processes.options.update(broker=broker.url, queue=self.name, lease=LEASE)
        self.app = Celery("site", broker=broker.url, set_as_current=False)
        self.app.conf.update(task_default_queue=self.name, broker_transport_options={})
        self.app.set_default()
        # Idle mirrors are polled each second, too, so that there is work for several workers.
        self.options = {
            "RUNNER": "celery",
            "POLL_INTERVAL": 1,
            "MAX_POLL_INTERVAL": (1, 1),
            "CREDIT_SHARE": 1,
            "SETTLE_TIME": 0,
            "MAX_WORKERS": 9,
        }

    def start_worker(self, number: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker."""
        # A separate name: RabbitMQ gives a worker's control queue to one connection only, and
        # another test may run at the same time.
        name = f"{number}@{self.name}"
        words = ["-m", "celery", "-A", "tests.mirror.celery_site", *WORKER, "-n", name]
        return self.processes.run(words, **self.options)

    def start_beat(self) -> subprocess.Popen[bytes]:
        """Start the process that schedules the polls of the tables."""
        schedule = str(self.processes.folder / f"schedule-{secrets.token_hex(4)}")
        words = ["-m", "celery", "-A", "tests.mirror.celery_site", "beat", "--schedule", schedule]
        return self.processes.run(words, **self.options)

    def send(self, connection: Connection, module: str) -> None:
        """Send the task for a mirror, as the site does."""
        self.app.send_task("zcrm_mirror.run", (connection.pk, module))

    def wait_until(self, happened: Callable[[], Any]) -> None:
        """Wait until something has happened."""
        self.processes.wait_until(happened)


@pytest.fixture(params=BROKERS)
def queue(
    request: pytest.FixtureRequest,
    processes: Processes,
    tmp_path: Path,
    zcrm_live_emulator: SiteEmulator,
) -> Iterator[Queue]:
    """A queue of the test's own, on each broker in turn."""
    made = broker(request.param, tmp_path)
    queue = Queue(processes, made)
    yield queue
    processes.end()
    made.stop()
    if isinstance(made, RabbitMQ):
        made.forget(queue.name)


def in_step(zoho: SiteEmulator) -> bool:
    """Whether the tables hold what Zoho holds."""
    pairs = [(Account, "Accounts", "name", "Account_Name"), (Lead, "Leads", "name", "Last_Name")]
    pairs.append((Contact, "Contacts", "last_name", "Last_Name"))
    return all(
        dict(model.objects.live().values_list("zoho_id", column))
        == {record["id"]: record[name] for record in zoho.records(module)}
        for model, module, column, name in pairs
    )


def fill(zoho: SiteEmulator, n: int) -> None:
    zoho.create("Accounts", n, Account_Name=lambda number: f"Account {number}")
    zoho.create("Leads", n, Last_Name=lambda number: f"Lead {number}")
    zoho.create("Contacts", n, Last_Name=lambda number: f"Contact {number}")


def calls(zoho: SiteEmulator) -> dict[str, list[tuple[float, float]]]:
    """Return when calls for each module's records began and ended."""
    calls = defaultdict(list)
    for entry in zoho.emulator.zoho.log.all():
        call = str(mask_request(entry).json)
        if match := re.search(r"from (\w+) where", call):
            begun = entry.received_at.timestamp()
            calls[match[1]].append((begun, begun + entry.milliseconds / 1000))
    return {module: sorted(times) for module, times in calls.items()}


def overlaps(times: list[tuple[float, float]]) -> int:
    """Return how many calls began before the one before them had ended."""
    return sum(later[0] < earlier[1] for earlier, later in pairwise(times))


def test_four_workers_serve_each_module_one_at_a_time(
    queue: Queue, zcrm_live_emulator: SiteEmulator
) -> None:
    connection = zcrm_live_emulator.connect()
    Connection.objects.update(edition="Enterprise")  # whose credits allow many polls
    fill(zcrm_live_emulator, 5)
    workers = [queue.start_worker(number) for number in range(4)]
    queue.start_beat()
    queue.wait_until(lambda: in_step(zcrm_live_emulator))
    zcrm_live_emulator.fail_next("coql.query", delay_ms=500, times=None)
    zcrm_live_emulator.forget_requests()

    def have_all_worked() -> bool:
        seen = calls(zcrm_live_emulator)
        are_side_by_side = overlaps(sorted(time for times in seen.values() for time in times))
        outputs = [queue.processes.read_output(worker) for worker in workers]
        has_each = all("zcrm_mirror.run[" in words for words in outputs)
        return len(seen) >= 3 and bool(are_side_by_side) and has_each

    begun = time.monotonic()
    while time.monotonic() < begun + 6 or not have_all_worked():
        if time.monotonic() > begun + PATIENCE:
            pytest.fail(f"{calls(zcrm_live_emulator)}\n{queue.processes.read_all_output()}")
        for module in mirrored_models():
            queue.send(connection, module)
        time.sleep(0.2)
    seen = calls(zcrm_live_emulator)
    assert {module: overlaps(times) for module, times in seen.items()} == dict.fromkeys(seen, 0)
    assert all(worker.poll() is None for worker in workers)


def test_killed_worker_is_replaced(queue: Queue, zcrm_live_emulator: SiteEmulator) -> None:
    zcrm_live_emulator.connect()
    fill(zcrm_live_emulator, 5)
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=2_000, times=None)
    queue.start_beat()
    worker = queue.start_worker(1)
    queue.wait_until(lambda: MirrorState.objects.exclude(lease_owner="").exists())
    worker.send_signal(signal.SIGKILL)
    worker.wait(60)
    held = MirrorState.objects.exclude(lease_owner="").get()
    assert held.lease_until is not None
    zcrm_live_emulator.stop_failing()
    queue.start_worker(2)
    queue.wait_until(lambda: in_step(zcrm_live_emulator))
    assert timezone.now() >= held.lease_until
    queue.wait_until(lambda: not MirrorState.objects.exclude(failures=0).exists())


def test_broker_outage_loses_no_change(
    queue: Queue, zcrm_live_emulator: SiteEmulator, settings: Any
) -> None:
    connection = zcrm_live_emulator.connect()
    settings.ZCRM = {**settings.ZCRM, "MIRROR": queue.options}
    queue.start_beat()
    queue.start_worker(1)
    queue.start_worker(2)
    fill(zcrm_live_emulator, 3)
    queue.wait_until(lambda: in_step(zcrm_live_emulator))
    queue.broker.stop()

    # A site's page still ends without the broker, and no user waits long.
    begun = time.monotonic()
    with transaction.atomic():
        wake(connection.pk, "Leads")
    assert time.monotonic() - begun < 15
    fill(zcrm_live_emulator, 3)
    assert not in_step(zcrm_live_emulator)

    queue.broker.start()  # Redis without what was in it
    queue.wait_until(lambda: in_step(zcrm_live_emulator))


def test_first_worker_after_a_day_without_workers_catches_up(
    queue: Queue, zcrm_live_emulator: SiteEmulator
) -> None:
    connection = zcrm_live_emulator.connect()
    fill(zcrm_live_emulator, 3)
    queue.start_beat()
    worker = queue.start_worker(1)
    queue.wait_until(lambda: in_step(zcrm_live_emulator))
    worker.terminate()
    worker.wait(60)

    day = timedelta(days=1)
    zcrm_live_emulator.advance(days=1)
    ensure_states()
    for state in MirrorState.objects.all():
        state.due -= day
        state.deletions_due -= day
        state.save(update_fields=["due", "deletions_due"])
    gone = zcrm_live_emulator.records("Leads")[0]["id"]
    crm = zcrm_live_emulator.client()
    crm.records.delete("Leads", [gone])
    fill(zcrm_live_emulator, 50)
    old = [
        queue.app.send_task("zcrm_mirror.run", (connection.pk, "Leads"), expires=0.5).id
        for _ in range(200)
    ]
    assert not in_step(zcrm_live_emulator)
    time.sleep(1)
    late = queue.start_worker(2)
    queue.wait_until(lambda: in_step(zcrm_live_emulator))
    # The tables define what is due, not what was sent then.
    output = queue.processes.read_output(late)
    assert not any(f"zcrm_mirror.run[{task_id}] succeeded" in output for task_id in old)
