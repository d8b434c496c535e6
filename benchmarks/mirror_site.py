"""What the measurements of the mirror share: a Zoho in a separate process, and a site.

The site is that of the tests, on the database of DATABASE_URL (SQLite without it), in a database
that is made for this and dropped afterwards.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.emulator_process import emulator_process

TIMEOUT = 900


class Zoho:
    """The emulator, by its control API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Call the control API."""
        answer = requests.request(
            method, f"{self.url}/emulator/{path}", json=body or None, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()

    def set_faults(self, *faults: dict[str, Any]) -> None:
        """Have calls fail, or take longer, in place of the faults before."""
        answer = requests.post(f"{self.url}/emulator/faults", json=faults, timeout=TIMEOUT)
        answer.raise_for_status()

    def seed(self, rows: int) -> None:
        """Make leads, created evenly over the last year."""
        self.control("POST", "records", module="Leads", count=rows)

    def requests(self) -> int:
        """Return how many requests came since the last call."""
        count = int(self.control("GET", "requests")["count"])
        self.control("DELETE", "requests")
        return count


@contextmanager
def serve() -> Iterator[Zoho]:
    """Run an emulator in a separate process."""
    with emulator_process() as url:
        yield Zoho(url)


@contextmanager
def site(zoho: Zoho) -> Iterator[Any]:
    """Give the mirror of Leads on a fresh database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import override_settings, setup_databases, teardown_databases

    from django_zcrm import zcrm
    from django_zcrm.mirror.mirror import Mirror
    from tests.mirror.shop.models import Lead

    hosts = dict.fromkeys(("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"), zoho.url)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with override_settings(ZCRM={**settings.ZCRM, **hosts}):
            scope = ",".join(
                f"ZohoCRM.{scope}"
                for scope in ("modules.ALL", "settings.ALL", "bulk.ALL", "coql.READ", "org.READ")
            )
            code = zoho.control("POST", "grant-codes", scope=f"{scope},ZohoCRM.users.READ")["code"]
            connection = zcrm.generate_auth_tokens("benchmark@example.com", code)
            yield Mirror(Lead, connection)
    finally:
        teardown_databases(databases, verbosity=0)


class Memory:
    """The memory of this process, measured ten times a second."""

    def __init__(self) -> None:
        self.begin = self.most = megabytes()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.most = max(self.most, megabytes())

    def restart(self) -> None:
        """Begin from what there is now."""
        self.begin = self.most = megabytes()

    def end(self) -> None:
        """Stop measuring."""
        self._ended.set()
        self._thread.join()


def megabytes() -> float:
    """Return the memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
