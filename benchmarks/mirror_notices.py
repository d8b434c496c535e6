"""How long Zoho waits for the answer to a notification: stored and committed, in a real database.

    python benchmarks/mirror_notices.py --notices 10000

Posts to the view through the whole of the tests' middleware, on the database of DATABASE_URL: some
twice, some forged, in any order. Prints milliseconds, and the queries of one answer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
URL = "http://testserver/zcrm/notify/"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the answers to notifications.")
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=12)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0)
    try:
        _measure(options.notices, options.seed)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _measure(count: int, seed: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from django_zcrm.mirror.models import Notice
    from django_zcrm.mirror.notifications.channels import renew_due_channels
    from django_zcrm.testing.site import site_emulated

    with (
        site_emulated() as zoho,
        override_settings(ZCRM={**zoho.settings(), "MIRROR": {"NOTIFY_URL": URL}}),
    ):
        zoho.connect()
        renew_due_channels()
        (channel,) = zoho.org.channels.values()
        posts = _posts(count, seed, channel.id, channel.details["token"])
        client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0])
        durations, busy, statuses = [], [], {200: 0, 403: 0}
        calls = len(zoho.requests)
        for body in posts:
            begun, idle = time.perf_counter(), time.process_time()
            answer = client.post(URL, body, "application/json")
            durations.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - idle) * 1000)
            statuses[answer.status_code] += 1
        with CaptureQueriesContext(connection) as queries:
            client.post(URL, _body(channel.id, channel.details["token"], -1), "application/json")
        p95 = quantiles(durations, n=20)[-1]
        print(
            f"{connection.vendor}: {len(posts)} notices: median {median(durations):.1f} ms, "
            f"p95 {p95:.1f} ms, longest {max(durations):.1f} ms; "
            f"CPU median {median(busy):.1f} ms, p95 {quantiles(busy, n=20)[-1]:.1f} ms; "
            f"{len(queries)} queries each; "
            f"{statuses[200]} taken, {statuses[403]} forged, {Notice.objects.count()} rows; "
            f"{len(zoho.requests) - calls} calls to Zoho"
        )


def _posts(count: int, seed: int, channel_id: str, token: str) -> list[str]:
    """Return bodies: 5 % of them twice, and 1 % more with a wrong token, in any order."""
    dice = random.Random(seed)  # noqa: S311
    posts = [_body(channel_id, token, number) for number in range(count)]
    posts += dice.sample(posts, count // 20)
    posts += [_body(channel_id, "x" * len(token), number) for number in range(count // 100)]
    dice.shuffle(posts)
    return posts


def _body(channel_id: str, token: str, number: int) -> str:
    body: dict[str, Any] = {
        "server_time": 1_700_000_000_000 + number,
        "module": "Leads",
        "operation": "update",
        "ids": [str(10**18 + number % 1_000)],
        "channel_id": channel_id,
        "token": token,
        "query_params": {},
        "affected_fields": [],
    }
    return json.dumps(body)


if __name__ == "__main__":
    main()
