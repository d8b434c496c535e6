"""What the tests of the mirror share."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.push.outcomes import PushResult
from django_zcrm.mirror.values import columns_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead, Clock
from tests.mirror.processes import Processes
from tests.mirror.pulling import do_due_work, poll
from tests.mirror.pushing import Send, push_changes
from tests.mirror.shop.models import Lead

NOTIFY_URL = "http://testserver/zcrm/notify/"

Post = Callable[..., HttpResponse]
"""Posts a notification, and returns the answer."""


@pytest.fixture
def connection(zcrm_emulator: SiteEmulator) -> Connection:
    """The site's default connection, before its mirrors were added."""
    made = zcrm_emulator.connect()
    MirrorState.objects.all().delete()
    Channel.objects.all().delete()
    return made


@pytest.fixture
def seed() -> int:
    """A number that a failure shows; MIRROR_SEED repeats it."""
    from_environment = int(os.environ.get("MIRROR_SEED") or 0)
    number = from_environment or random.SystemRandom().randrange(1, 10**6)
    print(f"MIRROR_SEED={number}")
    return number


@pytest.fixture
def processes(tmp_path: Path, transactional_db: None) -> Iterator[Processes]:
    """What starts processes that see the test's database."""
    made = Processes(tmp_path)
    yield made
    made.end()


@pytest.fixture
def clock(zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clocks of the site and of Zoho."""
    return Clock(zcrm_emulator, monkeypatch)


@pytest.fixture
def send(connection: Connection) -> Send:
    """A function that sends what a module's outbox holds, as a worker does; all of it is due."""

    def do(module: str = "Leads") -> PushResult:
        OutboxItem.objects.open().filter(waits_for="").update(due=timezone.now())
        return push_changes(connection, module)

    return do


@pytest.fixture
def notified(settings: Any, zcrm_emulator: SiteEmulator) -> None:
    """Let the site have an address for notifications."""
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": NOTIFY_URL}}


@pytest.fixture
def in_step(zcrm_emulator: SiteEmulator, connection: Connection, notified: None) -> Channel:
    """The channel of a site that mirrors three leads and has nothing to do."""
    zcrm_emulator.create("Leads", 3, Last_Name=lambda n: f"Lead {n}", Company="Acme")
    do_due_work()
    zcrm.mirror(Lead).sync()
    return Channel.objects.get()


@pytest.fixture
def live(zcrm_emulator: SiteEmulator, connection: Connection) -> Connection:
    """A connection whose mirrors are in step, and due."""
    do_due_work()
    MirrorState.objects.update(due=timezone.now())
    zcrm_emulator.forget_requests()
    return connection


@pytest.fixture
def idle(zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock) -> Mirror:
    """A mirror of three leads, in which nothing has changed for twenty minutes."""
    zcrm_emulator.create("Leads", 3, Last_Name=lambda number: f"Lead {number}")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    clock.forward(minutes=20)
    poll()
    zcrm_emulator.forget_requests()
    return mirror


@pytest.fixture
def body(zcrm_emulator: SiteEmulator, in_step: Channel) -> dict[str, Any]:
    """A notification as Zoho posts it."""
    (there,) = zcrm_emulator.org.channels.values()
    return {
        "server_time": int(time.time() * 1000),
        "module": "Leads",
        "operation": "update",
        "ids": [zcrm_emulator.records("Leads")[0]["id"]],
        "channel_id": there.id,
        "token": there.details["token"],
        "query_params": {},
        "affected_fields": [],
    }


@pytest.fixture
def post(client: Client) -> Post:
    """A function that posts a notification as Zoho does."""

    def send(body: Any, **headers: Any) -> Any:
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(reverse("zcrm:notify"), content, "application/json", **headers)

    return send


@pytest.fixture
def state(zcrm_emulator: SiteEmulator, connection: Connection) -> MirrorState:
    """The mirror of Leads, in step, with two rows."""
    zcrm_emulator.create("Leads", 2, Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    return mirror.state


@pytest.fixture
def conflict(connection: Connection) -> OutboxItem:
    """An update of a field whose value in Zoho was kept."""
    return OutboxItem.objects.create(
        connection=connection,
        module="Leads",
        object_id="1",
        zoho_id="4711",
        operation="update",
        base={"Last_Name": "Before"},
        changed={},
        state="conflict",
        conflict={
            "Last_Name": {"base": "Before", "local": "<Ours>", "zoho": "Theirs", "kept": "zoho"}
        },
    )


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def other(zcrm_emulator: SiteEmulator) -> SiteEmulator:
    """Another organisation."""
    return zcrm_emulator.add_organisation("Other")


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """A function that sets options of a model's `Zoho`."""

    def do(model: type[Any], **options: Any) -> None:
        for name, value in options.items():
            monkeypatch.setattr(model.Zoho, name, value, raising=False)
        options_of.cache_clear()
        columns_of.cache_clear()

    yield do
    monkeypatch.undo()
    options_of.cache_clear()
    columns_of.cache_clear()


@pytest.fixture
def policy(declare: Callable[..., None]) -> Callable[[Any], None]:
    """A function that sets the `conflict` option of the leads' model."""
    return lambda value: declare(Lead, conflict=value)


@pytest.fixture
def merge(policy: Callable[[Any], None]) -> None:
    """Let a conflict in one field concern no other."""
    policy("merge")


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """A function whose block has the clock ahead, by an hour unless told otherwise."""

    @contextmanager
    def block(**lead: float) -> Iterator[None]:
        real, offset = timezone.now, timedelta(**lead or {"hours": 1})
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: real() + offset)
            yield

    return block
