"""A separate process that asks for an access token in several threads and prints the results.

Run as `python -m tests.app.refresher IDENTIFIER THREADS`. The environment has the URLs of the
database and the emulator, and the encryption keys if they are other ones; a line on standard input
starts the threads.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def main(identifier: str, threads: int) -> None:
    """Print one line for each thread: the token's last characters, or the error's class."""
    django.setup()
    settings.DATABASES["default"]["NAME"] = os.environ["ZCRM_TEST_DATABASE"]
    settings.ZCRM.update(dict.fromkeys(("ACCOUNTS_URL", "API_URL"), os.environ["ZCRM_TEST_URL"]))
    if keys := os.environ.get("ZCRM_TEST_KEYS"):
        settings.ZCRM = {**settings.ZCRM, "ENCRYPTION_KEYS": keys.split()}
    from django_zcrm import zcrm

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
