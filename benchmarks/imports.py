"""What importing costs: `django.setup()` with and without the app, and the client alone.

Every figure is CPU time of a fresh interpreter; the contenders take turns.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

_SETUP = """
import time
from django.conf import settings
settings.configure(
    SECRET_KEY="benchmark",
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.messages", "django.contrib.sessions", {app}
    ],
)
import django
started = time.process_time()
django.setup()
print(time.process_time() - started)
"""
_CLIENT = """
import time
{before}
started = time.process_time()
import django_zcrm.zoho.client, django_zcrm.zoho.http.transports.blocking
print(time.process_time() - started)
"""
PROGRAMS = {
    "django.setup() without the app": _SETUP.format(app=""),
    "django.setup() with the app": _SETUP.format(app='"django_zcrm"'),
    "the client": _CLIENT.format(before=""),
    "the client, requests being there": _CLIENT.format(before="import requests"),
}


def measure(rounds: int) -> dict[str, float]:
    """Return the median milliseconds of CPU of each, and of the difference that the app makes."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            done = subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-c", program], capture_output=True, text=True, check=True
            )
            if number:  # the first round only warms the disk's cache and writes .pyc files
                taken[name].append(float(done.stdout) * 1000)
    without, having, *_ = taken.values()
    added = [b - a for a, b in zip(without, having, strict=True)]
    return {**{name: median(times) for name, times in taken.items()}, "the app adds": median(added)}
