"""What the Django app adds: queries per call, and the cost of a call through `zcrm`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

import django_zcrm
from django_zcrm.emulator import Emulator

IDENTIFIER = "benchmark@example.com"


def _hosts(url: str) -> dict[str, Any]:
    return {**settings.ZCRM, "ACCOUNTS_URL": url, "API_URL": url, "UPLOAD_URL": url}


@contextmanager
def serve_app(url: str) -> Iterator[dict[str, Callable[[], Any]]]:
    """Connect an account of the emulator, then give ways to get a record of the server at `url`."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    with Emulator().serve() as zoho, override_settings(ZCRM=_hosts(zoho.url)):
        grant = {"scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ"}
        answer = requests.post(f"{zoho.url}/emulator/grant-codes", json=grant, timeout=5)
        zcrm = django_zcrm.zcrm
        zcrm.generate_auth_tokens(IDENTIFIER, answer.json()["code"])
    with override_settings(ZCRM=_hosts(url)):
        crm = zcrm.for_identifier(IDENTIFIER)
        yield {
            "a client that is kept": lambda: crm.records.get("Leads", "1"),
            "zcrm, the default client": lambda: zcrm.records.get("Leads", "1"),
            "zcrm.for_identifier(), then a call": lambda: zcrm.for_identifier(
                IDENTIFIER
            ).records.get("Leads", "1"),
        }


def queries(call: Callable[[], Any], times: int = 100) -> float:
    """Count the database queries of a call."""
    call()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(times):
            call()
    return len(captured) / times
