"""One process of `load_runs`: threads that read and create, as fast as they may."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import django

LIMIT = 20
RATE = 200
"""Calls a second that so many slots serve, at 100 ms each: the best setting for a rate."""


def main() -> None:
    """Connect, or make calls."""
    django.setup()
    if sys.argv[1] == "connect":
        _connect()
    else:
        number, threads, seconds, out = sys.argv[2:]
        caller = Caller(int(number))
        caller.ended = Path(out).with_name("ends")
        result = caller.run(int(threads), _begins(Path(out)), float(seconds))
        Path(out).write_text(json.dumps(result))


def _begins(out: Path) -> float:
    """Report that this process is ready; return when all begin."""
    out.with_suffix(".ready").touch()
    begins = out.with_name("begins")
    while not (begins.exists() and begins.read_text()):
        time.sleep(0.01)
    return float(begins.read_text())


def _connect() -> None:
    import requests
    from django.conf import settings
    from django.core.management import call_command

    from django_zcrm import zcrm

    call_command("migrate", verbosity=0)
    grant = {"scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ"}
    url = f"{settings.ZCRM['API_URL']}/emulator/grant-codes"
    code = requests.post(url, json=grant, timeout=60).json()["code"]
    zcrm.generate_auth_tokens("benchmark@example.com", code)


class Caller:
    """The threads of this process, and what came of their calls."""

    def __init__(self, number: int) -> None:
        from django_zcrm import zcrm

        set_durations()
        self.number, self.ends = number, 0.0
        self.ended = Path()
        self.crm = zcrm.for_identifier("benchmark@example.com")
        self.attempts: list[tuple[float, int]] = []
        self.created: list[str] = []
        self.failed = 0
        self.durations: list[float] = []
        self.priority = os.environ.get("ZCRM_PRIORITY", "interactive")
        self.pause = float(os.environ.get("ZCRM_PAUSE", "0"))
        self.reads_only = "ZCRM_READS" in os.environ
        self.limiter = limiter()

    def run(self, threads: int, begins: float, seconds: float) -> dict[str, Any]:
        """Make calls until the time is over, or a file exists."""
        self.ends = begins + seconds
        from django_zcrm.models import Connection
        from django_zcrm.signals import request_finished

        def note(sender: object, status: int, **kwargs: Any) -> None:
            self.attempts.append((time.time(), status))

        request_finished.connect(note, sender=Connection)
        time.sleep(max(begins - time.time(), 0))
        workers = [threading.Thread(target=self._work, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return {
            "attempts": self.attempts,
            "created": self.created,
            "failed": self.failed,
            "durations": self.durations,
            "is_away": getattr(self.crm.session.limiter, "_away_since", None) is not None,
        }

    def _work(self, thread: int) -> None:
        from django_zcrm import zcrm

        with zcrm.priority(self.priority):
            self._make_calls(thread)

    def _make_calls(self, thread: int) -> None:
        count = 0
        while time.time() < self.ends and not self.ended.is_file():
            count += 1
            time.sleep(self.pause)
            started = time.perf_counter()
            try:
                with self.limiter():
                    self._call(thread, count)
                self.durations.append(time.perf_counter() - started)
            except Exception:  # counted, whatever it is
                self.failed += 1

    def _call(self, thread: int, count: int) -> None:
        if count % 2 or self.reads_only:
            self.crm.request("GET", "/crm/v8/Leads", params={"fields": "id"})
            return
        name = f"{self.number}-{thread}-{count}"
        rows = [{"Last_Name": f"{name}-{row}"} for row in range(12 if count % 8 == 0 else 1)]
        self.crm.records.create("Leads", rows)
        self.created.append(name)


def set_durations() -> None:
    """Shorten how long slots are held and the limit waits, if the environment asks for it."""
    from django_zcrm.limits import shares
    from django_zcrm.zoho.limits import adaptive_limit

    if life := os.environ.get("ZCRM_LIFE"):
        shares.LEASE_SECONDS, shares.RENEW_SECONDS = float(life), float(life) / 2
    if step := os.environ.get("ZCRM_STEP"):
        adaptive_limit.FIRST_STEP = adaptive_limit.SETTLING = float(step)
        adaptive_limit.MAX_STEP = 12 * float(step)


def limiter() -> Callable[[], Any]:
    """Return what a call is made in: a library's limit, or nothing."""
    store = os.environ["ZCRM_STORE"]
    if store == "pyrate-limiter":
        return _pyrate_limiter()
    return _limits() if store == "limits" else nullcontext


def _pyrate_limiter() -> Callable[[], Any]:
    """Their bucket in Redis: the only one of theirs that machines share."""
    import redis
    from pyrate_limiter import Duration, Limiter, Rate, RedisBucket

    client = redis.Redis.from_url(os.environ["ZCRM_REDIS"])
    bucket = RedisBucket.init([Rate(RATE, Duration.SECOND)], client, f"pyrate:{os.getppid()}")
    limited = Limiter(bucket)

    def wait() -> Any:
        limited.try_acquire("zoho")
        return nullcontext()

    return wait


def _limits() -> Callable[[], Any]:
    """Their sliding window in Redis; it only refuses, so that we try again."""
    from limits import RateLimitItemPerSecond
    from limits.storage import storage_from_string
    from limits.strategies import SlidingWindowCounterRateLimiter

    storage = storage_from_string(os.environ["ZCRM_REDIS"])
    limited = SlidingWindowCounterRateLimiter(storage)
    rate = RateLimitItemPerSecond(RATE)

    def wait() -> Any:
        while not limited.hit(rate, "zoho"):
            time.sleep(0.02)
        return nullcontext()

    return wait


if __name__ == "__main__":
    main()
