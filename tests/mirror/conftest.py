"""What the tests of the mirror share."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push.outcomes import Drained
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.draining import Send, drained
from tests.mirror.processes import Processes


@pytest.fixture
def connection(zcrm_emulator: SiteEmulator) -> Connection:
    """The site's default connection."""
    return zcrm_emulator.connect()


@pytest.fixture
def seed() -> int:
    """A number that a failure shows; MIRROR_SEED repeats it."""
    given = int(os.environ.get("MIRROR_SEED") or 0)
    number = given or random.SystemRandom().randrange(1, 10**6)
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

    def do(module: str = "Leads") -> Drained:
        OutboxItem.objects.open().filter(waits_for="").update(due=timezone.now())
        return drained(connection, module)

    return do
