"""Notifications of a fleet: 1,000 a second for a minute, to gunicorn with two workers.

    python -m benchmarks.mirror_notices --seconds 60

A separate process posts notices at a fixed rate, whether or not the site keeps up, to 1,000
channels on the database of DATABASE_URL (PostgreSQL or MariaDB): 5 % of them twice, 1 % with a
wrong token, in any order. A latency counts from the moment when the post was due. Before, for 20 s,
such posts go to an empty view of the same site: the floor. Prints both, what one notice costs the
process, how many notices were lost, how often a record was fetched of which a hundred notices came,
and how many of the notices were left a day later. `--check` fails if one was lost, or left, or if a
record was fetched twice; it does not judge times.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.fleet_site import BATCH, MODULES, add_mirrors
from benchmarks.notices_load import Channels, Load, Result, notice, post_all

PATH = "/zcrm/notify/"
NOTIFY_URL = f"http://127.0.0.1{PATH}"
FLOOR_SECONDS = 20.0

SAME = 100
"""Notices of one record."""

TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=1_000, help="posts a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--channels", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2, help="gunicorn's")
    parser.add_argument("--threads", type=int, default=8, help="of each worker")
    parser.add_argument("--check", action="store_true", help="fail if a notice was lost or left")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        problems = _measure(options)
    finally:
        teardown_databases(databases, verbosity=0)
    if problems and options.check:
        sys.exit("; ".join(problems))


def _measure(options: argparse.Namespace) -> list[str]:
    from django.conf import settings
    from django.db import connection
    from django.test import override_settings

    from django_zcrm.mirror.models import Notice
    from django_zcrm.testing.site import emulate_site

    with (
        emulate_site() as zoho,
        override_settings(ZCRM={**zoho.settings(), "MIRROR": {"NOTIFY_URL": NOTIFY_URL}}),
    ):
        add_mirrors(options.channels, 0, 3_600)
        channels = _open_channels()
        print(f"{connection.vendor}, {options.workers} workers of {options.threads} threads")
        _print_cost(channels)
        Notice.objects.all().delete()
        settings.DATABASES["default"]["CONN_MAX_AGE"] = None
        with _gunicorn(options.workers, options.threads) as (address, master):

            def offer(path: str, seconds: float) -> Result:
                connections = 32 if options.threads > 1 else 0
                load = Load(address, path, channels, options.rate, seconds, connections)
                begun = _cpu_seconds(master)
                result = post_all(load)
                busy = _cpu_seconds(master) - begun
                print(f"{path}: {result}, the workers {busy:.1f} s")
                return result

            offer("/empty/", min(FLOOR_SECONDS, options.seconds))
            result = offer(PATH, options.seconds)
            rows = Notice.objects.count()
            lost = result.genuine - rows
            print(f"{rows} rows of {result.genuine} different notices: {lost} lost")
            fetches = _count_fetches(zoho, address)
            print(f"{SAME} notices of one record: fetched {fetches} times")
        left = _prune_after_a_day()
    problems = {"notices were lost": lost, "fetches too many": fetches - 1, "notices left": left}
    return [f"{count} {name}" for name, count in problems.items() if count]


def _open_channels() -> Channels:
    """Add an open channel to each connection."""
    from django.utils import timezone

    from django_zcrm.mirror.models import Channel
    from django_zcrm.mirror.notifications.channels import TOKEN
    from django_zcrm.models import Connection
    from django_zcrm.tokens.columns import write_secret
    from django_zcrm.zoho.secret import Secret

    later = timezone.now() + timedelta(days=6)
    Channel.objects.bulk_create(
        [
            Channel(
                connection=row,
                organisation_id=row.organisation_id,
                channel_id=str(10**17 + row.pk),
                events=[f"{module}.all" for module in MODULES],
                notify_url=NOTIFY_URL,
                expires_at=later,
                renew_at=later,
            )
            for row in Connection.objects.all()
        ],
        batch_size=BATCH,
    )
    channels = list(Channel.objects.all())
    tokens = [f"{'token of a channel':-<34}{row.pk:09}" for row in channels]
    for row, token in zip(channels, tokens, strict=True):
        write_secret(row, TOKEN, Secret(token))
    Channel.objects.bulk_update(channels, [TOKEN], batch_size=BATCH)
    return [(row.channel_id, token) for row, token in zip(channels, tokens, strict=True)]


def _print_cost(channels: Channels, count: int = 2_000) -> None:
    """Print what one notice costs the process, without a socket, and its statements."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    handler, statuses = WSGIHandler(), set()

    def respond(status: str, *args: Any) -> Any:
        statuses.add(status)

    def post(number: int, path: str) -> None:
        channel_id, token = channels[number % len(channels)]
        body = notice(channel_id, token, number, str(10**17 + number))
        environment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        response: Any = handler(environment, respond)
        response.close()

    connection.settings_dict["CONN_MAX_AGE"] = None
    for number in range(len(channels)):  # last_notice_at is updated
        post(-1 - number, PATH)
    begun = time.process_time()
    for number in range(count):
        post(number, PATH)
    took = (time.process_time() - begun) / count * 1000
    with CaptureQueriesContext(connection) as queries:
        post(count, PATH)
    print(f"one notice: {took:.2f} ms of the process, {len(queries)} statements, {statuses}")


@contextmanager
def _gunicorn(workers: int, threads: int) -> Iterator[tuple[tuple[str, int], int]]:
    """Serve the site; yield its address, and the process id of the master."""
    from django.db import connection

    environment = {**os.environ, "BENCHMARK_DATABASE": connection.settings_dict["NAME"]}
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--backlog", "2048"]
    command += ["--workers", str(workers), "--threads", str(threads), "--keep-alive", "60"]
    command += ["benchmarks.notices_site:application"]
    with TemporaryDirectory() as directory:
        log = Path(directory) / "log"  # a pipe would fill up
        with log.open("w") as stderr:
            server = subprocess.Popen(command, stderr=stderr, env=environment)  # noqa: S603
        try:
            yield _wait_until_booted(log, workers), server.pid
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_booted(log: Path, workers: int) -> tuple[str, int]:
    """Return gunicorn's address, as soon as its workers respond."""
    end = time.monotonic() + 30
    while log.read_text().count("Booting worker") < workers:
        if time.monotonic() > end:
            raise RuntimeError(f"gunicorn did not start: {log.read_text()}")
        time.sleep(0.1)
    time.sleep(3)  # the workers import the site
    match = re.search(r"Listening at: (\S+)", log.read_text())
    url = urlsplit(match[1] if match else "")
    return url.hostname or "", url.port or 0


def _cpu_seconds(master: int) -> float:
    """Return the CPU time of the workers of gunicorn."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    ticks = 0
    for pid in children:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def _count_fetches(zoho: Any, address: tuple[str, int]) -> int:
    """Post a hundred notices of one record; return how many calls a worker makes for it."""
    from django_zcrm.mirror import run_due
    from django_zcrm.mirror.models import MirrorState, Notice, Wakeup

    MirrorState.objects.update(is_paused=True)  # the emulator does not have these organisations
    Wakeup.objects.all().delete()
    zoho.connect()
    record_id = zoho.create("Leads", Last_Name="Fox", Company="Acme")["id"]
    while run_due():
        pass
    (channel,) = zoho.org.channels.values()
    zoho.forget_requests()
    server, now = HTTPConnection(*address), int(time.time() * 1000)
    for number in range(SAME):
        body = notice(channel.id, channel.details["token"], now + number, record_id)
        server.request("POST", PATH, body, {"Content-Type": "application/json"})
        response = server.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"the site responded with status {response.status}")
    server.close()
    while run_due():
        pass
    if Notice.objects.filter(channel__channel_id=channel.id, done_at=None).exists():
        raise RuntimeError("the worker left notices")
    return sum(record_id in str(request.json) for request in zoho.requests)


def _prune_after_a_day() -> int:
    """Prune as a worker does a day later; return how many notices are left."""
    from django.db.models import F

    from django_zcrm.mirror.models import Notice
    from django_zcrm.mirror.notifications.notices import MAX_AGE
    from django_zcrm.mirror.runners.pruning import prune

    Notice.objects.update(received_at=F("received_at") - MAX_AGE - timedelta(seconds=1))
    begun, count = time.perf_counter(), Notice.objects.count()
    while prune():
        pass
    took = time.perf_counter() - begun
    left = Notice.objects.count()
    print(f"a day later: {count - left} notices deleted in {took:.1f} s, {left} left")
    return left


if __name__ == "__main__":
    main()
