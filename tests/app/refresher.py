"""A separate process that fetches an access token in several threads and prints the results.

Run as `python -m tests.app.refresher IDENTIFIER THREADS`, with the settings `process_settings`; a
line on standard input starts the threads. ZCRM_TEST_LEASE is the duration of a lease in seconds.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import connections


def main(identifier: str, threads: int) -> None:
    """Print one line for each thread: the token's last characters, or the error's class."""
    django.setup()
    from django_zcrm import zcrm
    from django_zcrm.tokens import lease

    if seconds := os.environ.get("ZCRM_TEST_LEASE"):
        lease.LEASE_SECONDS, lease.BEAT_SECONDS = float(seconds), float(seconds) / 3
    barrier = threading.Barrier(threads)

    def work(_: int) -> str:
        try:
            crm = zcrm.for_identifier(identifier)
            barrier.wait()
            return crm.session.tokens.current().value.reveal()[-8:]
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        for line in pool.map(work, range(threads)):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
