"""A site for gunicorn, loaded before it forks: each request makes one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import django

django.setup()

from django_zcrm import zcrm  # noqa: E402 - the apps have to be loaded first

crm = zcrm.for_identifier("benchmark@example.com")
crm.request("GET", "/crm/v8/org")  # so that the parent holds slots, and has a thread


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with how long the call waited."""
    crm.request("GET", "/crm/v8/Leads", params={"fields": "id"})
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
