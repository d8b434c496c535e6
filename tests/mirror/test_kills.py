"""Workers are killed at any step of an initial sync, of changes, and of what is sent.

Nothing is lost or doubled, and a worker that resumes repeats at most one page. `MIRROR_KILLS`
and `MIRROR_SEED` set how often and at which steps; benchmarks/mirror_kills.py sets them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.client import Client
from tests.mirror.killing import Killer
from tests.mirror.processes import Processes
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS = int(os.environ.get("MIRROR_KILLS", "20"))
RECORDS = 500

State = OutboxItem.State


class Repeats:
    """Counts pages that a worker reads although one before it had read them."""

    def __init__(self, killer: Killer) -> None:
        self.killer = killer
        self.before: set[tuple[str, ...]] = set()
        self.most = self.all = self.pages = 0

    def look(self, *, goes_on: bool) -> None:
        """Check the pages that were read since the last check; `goes_on` from there."""
        pages = self.killer.pages()
        repeated = len(self.before.intersection(pages))
        self.pages += len(pages)
        self.all += repeated
        self.most = max(self.most, repeated)
        self.before = self.before.union(pages) if goes_on else set()


@pytest.fixture
def killer(processes: Processes) -> Iterator[Killer]:
    """Workers that do what is due of leads, in pages of a few rows."""
    with Killer(processes, SETTLE_TIME=0, OVERLAP=1) as made:
        yield made


@pytest.fixture
def mirror(zcrm_live_emulator: SiteEmulator) -> Mirror:
    """The mirror of leads, which were made in the last weeks; the other modules rest."""
    mirror = Mirror(Lead, zcrm_live_emulator.connect())
    start = timezone.now() - timedelta(days=40)
    for number in range(RECORDS):
        created = (start + timedelta(hours=number)).isoformat()
        zcrm_live_emulator.create("Leads", Last_Name=f"Lead {number}", Created_Time=created)
    return mirror


def state() -> MirrorState:
    state_now = MirrorState.objects.get(module="Leads")
    assert not state_now.last_error
    return state_now


def change_some(zoho: SiteEmulator, crm: Client, chance: random.Random) -> None:
    """Let people work in Zoho."""
    ids = [str(record["id"]) for record in zoho.records("Leads")]
    changed = chance.sample(ids, 60)
    company = f"Company {chance.randrange(10**6)}"
    crm.records.update("Leads", [{"id": record_id, "Company": company} for record_id in changed])
    zoho.create("Leads", 5, Last_Name=lambda number: f"New {number}")
    crm.records.delete("Leads", chance.sample(ids, 5))


def are_equal(zoho: SiteEmulator, mirror: Mirror) -> None:
    """Assert that the rows are the records, each once, after a poll of all that is settled."""
    zoho.advance(minutes=10)
    mirror.sync()
    names = ("Last_Name", "Company", "Email")
    there = {
        str(record["id"]): tuple(record[name] or "" for name in names)
        for record in zoho.records("Leads")
    }
    live = Lead.objects.filter(zoho_state="live")
    here = {row.zoho_id: (row.name, row.company, row.email or "") for row in live}
    assert live.count() == len(here)
    assert here == there
    assert mirror.reconcile() == 0


def test_killed_initial_sync_completes(
    zcrm_live_emulator: SiteEmulator, mirror: Mirror, killer: Killer, seed: int
) -> None:
    chance, crm = random.Random(seed), zcrm_live_emulator.client()  # noqa: S311
    repeats = Repeats(killer)

    def begin() -> None:
        if not MirrorState.objects.exclude(synced_until=None).exists():
            return  # a turn may end while Zoho writes a file
        there = {record["Last_Name"] for record in zcrm_live_emulator.records("Leads")}
        missing = there.difference(Lead.objects.values_list("name", flat=True))
        assert not {name for name in missing if name.startswith("Lead ")}
        with no_push():
            Lead.objects.all().delete()
        MirrorState.objects.filter(module="Leads").request_initial_sync()

    def after(_: bool) -> None:
        repeats.look(goes_on=state().synced_until is None)
        zcrm_live_emulator.advance(minutes=1)  # ten downloads are allowed in each
        if chance.random() < 0.2:
            change_some(zcrm_live_emulator, crm, chance)

    killer.kill_at_random(KILLS, begin, seed, steps=250, after=after)
    print(f"{KILLS} kills, {repeats.pages} pages, {repeats.all} repeated")
    assert repeats.most <= 1
    are_equal(zcrm_live_emulator, mirror)


def test_killed_polls_complete(
    zcrm_live_emulator: SiteEmulator, mirror: Mirror, killer: Killer, seed: int
) -> None:
    chance, crm = random.Random(seed), zcrm_live_emulator.client()  # noqa: S311
    mirror.sync()
    repeats = Repeats(killer)

    def begin() -> None:
        zcrm_live_emulator.advance(minutes=10)  # what the last poll left out stays out
        change_some(zcrm_live_emulator, crm, chance)

    def after(was_killed: bool) -> None:
        # A poll that is begun again reads what is within OVERLAP, on purpose.
        repeats.look(goes_on=was_killed and state().cursor_time is not None)

    killer.kill_at_random(KILLS, begin, seed, steps=160, after=after)
    print(f"{KILLS} kills, {repeats.pages} pages, {repeats.all} repeated")
    assert repeats.most <= 1
    are_equal(zcrm_live_emulator, mirror)


def test_killed_push_sends_each_change_once(
    zcrm_live_emulator: SiteEmulator, killer: Killer, seed: int
) -> None:
    zcrm_live_emulator.connect()
    chance = random.Random(seed)  # noqa: S311
    made = 0

    def begin() -> None:
        nonlocal made
        for _ in range(5):
            email = f"fox{made}@example.com" if chance.random() < 0.6 else None
            Lead.objects.create(name=f"Fox {made}", email=email)
            made += 1
        there = list(Lead.objects.exclude(zoho_id=None))
        rows = chance.sample(there, min(3, len(there)))
        for row in rows[:2]:
            row.company = f"Company {made}"
            row.save()
        for row in rows[2:]:
            row.delete()

    killer.kill_at_random(KILLS, begin, seed)
    assert not OutboxItem.objects.open().exists()
    assert not OutboxItem.objects.filter(state__in=(State.FAILED, State.CONFLICT)).exists()
    records: dict[str | None, Any] = {
        record["id"]: record for record in zcrm_live_emulator.records("Leads")
    }
    assert len({record["Last_Name"] for record in records.values()}) == len(records)
    rows = {row.zoho_id: row for row in Lead.objects.all()}
    assert rows.keys() == records.keys()
    for zoho_id, row in rows.items():
        assert row.name == records[zoho_id]["Last_Name"]
        assert (row.company or None) == records[zoho_id]["Company"]
