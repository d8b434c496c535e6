"""Sends changes of mirrored rows to an emulated Zoho: rows a second, requests, credits.

    python benchmarks/mirror_push.py --rows 10000 --lost 10

On the database of DATABASE_URL, SQLite without it. `--lost` is how many answers of a hundred to
creations never come, and one row in 500 is refused. Prints what was lost or doubled, which is
nothing. The emulator runs in the same process, so rows a second are those of both together.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

POISON = 500
"""Of so many rows one is refused."""


class Meter:
    """What requests cost while it is open."""

    def __init__(self) -> None:
        self.requests = self.credits = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is sent in this block."""
        from django_zcrm.transport import transport
        from django_zcrm.zoho.limits.costs import cost_of

        kind: Any = type(transport())
        send = kind.send

        def counted(own: Any, url: str, request: Any, timeout: Any) -> Any:
            cost = cost_of(request)
            self.requests += 1
            self.credits += cost.credits if cost else 0
            return send(own, url, request, timeout)

        kind.send = counted
        try:
            yield
        finally:
            kind.send = send


def print_line(what: str, rows: int, do: Callable[[], object]) -> None:
    """Print a line of the table."""
    meter, started = Meter(), time.perf_counter()
    with meter.counting():
        do()
    seconds = time.perf_counter() - started
    print(
        f"| {what} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {meter.requests:,} "
        f"| {meter.credits:,} |"
    )


def push_changes(connection: Any) -> None:
    """Send until nothing is left, as runners do; waits are skipped."""
    from django.utils import timezone

    from django_zcrm.exceptions import ZCRMError
    from django_zcrm.mirror.leased_mirror import lease_mirror
    from django_zcrm.mirror.models import MirrorState, OutboxItem
    from django_zcrm.mirror.push.outbox import push_outbox

    state, _ = MirrorState.objects.get_or_create(connection=connection, module="Leads")
    while OutboxItem.objects.open().exists():
        OutboxItem.objects.open().update(due=timezone.now())
        mirror = lease_mirror(state)
        if mirror is None:
            raise RuntimeError("another worker is at it")
        try:
            push_outbox(mirror)
        except ZCRMError:
            pass
        finally:
            mirror.lease.release()


def create(connection: Any, count: int) -> None:
    """Save new rows, a thousand in a transaction.

    Without a connection of theirs, the site's default one would be looked up for each.
    """
    from django.db import transaction

    from tests.mirror.shop.models import Lead

    for start in range(0, count, 1_000):
        with transaction.atomic():
            for number in range(start, min(start + 1_000, count)):
                good = f"fox{number}@example.com"
                is_poison = number % POISON == POISON // 2
                email = "nonsense" if is_poison else good
                Lead.objects.create(connection=connection, name=f"Fox {number}", email=email)


def measure(zoho: Any, options: argparse.Namespace) -> int:
    """Print the table, and return how many records are missing or double."""
    from django_zcrm.mirror.models import OutboxItem
    from tests.mirror.shop.models import Lead

    connection, rows = zoho.connect(), options.rows
    chance, requests = random.Random(options.seed), 2 * rows // 100 + 100  # noqa: S311
    print("| | rows | s | rows/s | requests | credits |\n|---|---|---|---|---|---|")
    print_line("new rows saved", rows, lambda: create(connection, rows))
    for skip in chance.sample(range(requests), requests * options.lost // 100):
        drop = chance.choice(["after", "before"])
        zoho.fail_next("records.upsert", drop=drop, skip=skip)
    print_line(f"created, {options.lost} % of answers lost", rows, lambda: push_changes(connection))
    zoho.stop_failing()
    records = Counter(record["Last_Name"] for record in zoho.records("Leads"))
    refused = OutboxItem.objects.filter(state="failed").count()
    doubled, missing = sum(records.values()) - len(records), rows - refused - len(records)
    OutboxItem.objects.all().delete()
    there = Lead.objects.exclude(zoho_id=None)
    count = there.count()
    print_line("update by push()", count, lambda: there.push(company="Acme"))
    print_line("updated", count, lambda: push_changes(connection))
    print_line("rows deleted", count, lambda: there.all().delete())
    print_line("deleted", count, lambda: push_changes(connection))
    print(f"\nrefused: {refused:,}; doubled: {doubled}; missing: {missing}; seed {options.seed}")
    print(f"left in Zoho: {len(zoho.records('Leads'))}")
    return int(doubled + missing)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Send changes of mirrored rows to Zoho.")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--lost", type=int, default=10, help="answers of a hundred that are lost")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import override_settings, setup_databases, teardown_databases

    from django_zcrm.testing.site import emulate_site

    old = setup_databases(verbosity=0, interactive=False)
    try:
        with ExitStack() as stack:
            zoho = stack.enter_context(emulate_site(data="empty"))
            stack.enter_context(override_settings(ZCRM={**settings.ZCRM, **zoho.settings()}))
            print(f"{connection.vendor}, {os.cpu_count()} cores\n")
            return int(measure(zoho, options) > 0)
    finally:
        teardown_databases(old, verbosity=0)


if __name__ == "__main__":
    raise SystemExit(main())
