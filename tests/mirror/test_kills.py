"""Workers are killed at any line, of a first reading and of changes: nothing is lost or doubled.

`MIRROR_KILLS` and `MIRROR_SEED` say how often and at which points; benchmarks/mirror_kills.py sets
them.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.client import Client
from tests.mirror.processes import Processes
from tests.mirror.shop.models import Lead
from tests.mirror.short_worker import PAGE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS = int(os.environ.get("MIRROR_KILLS", "20"))
SEED = int(os.environ.get("MIRROR_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
RECORDS = 500


def change_some(emulator: SiteEmulator, crm: Client, chance: random.Random) -> None:
    """Let people work in Zoho."""
    ids = [str(record["id"]) for record in emulator.records("Leads")]
    for record_id in chance.sample(ids, 30):
        company = f"Company {chance.randrange(10**6)}"
        crm.records.update_one("Leads", record_id, {"Company": company, "Annual_Revenue": 7.25})
    emulator.create("Leads", 10, Last_Name=lambda number: f"New {number}")
    for record_id in chance.sample(ids, 5):
        crm.records.delete_one("Leads", record_id)


def is_ready(processes: Processes, process: subprocess.Popen[bytes]) -> bool:
    return "ready" in processes.said(process)


def shown(record: dict[str, Any]) -> tuple[Any, ...]:
    return (
        record["Last_Name"],
        record["Company"] or "",
        record["Email"],
        record["Annual_Revenue"],
        record["No_of_Employees"],
    )


def test_nothing_is_lost_or_doubled(zcrm_live_emulator: SiteEmulator, processes: Processes) -> None:
    print(f"MIRROR_SEED={SEED} MIRROR_KILLS={KILLS}")
    chance = random.Random(SEED)  # noqa: S311
    emulator = zcrm_live_emulator
    connection = emulator.connect()
    crm = emulator.client()  # one: a user's twenty-first grant would end the mirror's
    start = timezone.now() - timedelta(days=400)
    for number in range(RECORDS):
        created = (start + timedelta(hours=number)).isoformat()
        emulator.create("Leads", Last_Name=f"Lead {number}", Created_Time=created)
    mirror = Mirror(Lead, connection)
    assert mirror.state.phase == "backfill"
    met: Counter[str] = Counter()
    for number in range(KILLS):
        if number == KILLS // 2:  # from here on it is changes that are cut off
            mirror.sync()
        process = processes.run(["-m", "tests.mirror.short_worker"])
        processes.wait_until(partial(is_ready, processes, process))
        if number >= KILLS // 2 or chance.random() < 0.7:
            change_some(emulator, crm, chance)
        time.sleep(chance.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "Traceback" not in processes.said(process), processes.said(process)
        state = MirrorState.objects.get(module="Leads")
        assert state.phase != "blocked", state.last_error
        met[state.phase if state.cursor_time is None else "cycle"] += 1
        # What a minute would do to the lease of a worker that died.
        MirrorState.objects.update(lease_until=None, failures=0)
    print(f"killed in {dict(met)}, pages of {PAGE}")
    emulator.advance(minutes=10)
    mirror.sync()
    there = {str(record["id"]): shown(record) for record in emulator.records("Leads")}
    live = Lead.objects.filter(zoho_state="live")
    here = {
        str(row.zoho_id): (row.name, row.company, row.email, row.revenue, row.no_of_employees)
        for row in live
    }
    assert live.count() == len(here)
    assert {one: values for one, values in here.items() if there.get(one) != values} == {}
    assert there.keys() - here.keys() == set()
    assert mirror.reconcile() == 0
