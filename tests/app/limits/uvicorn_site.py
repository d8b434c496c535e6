"""A site for uvicorn: each request awaits one call, and is answered with the worker's process."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import django

django.setup()

from django_zcrm import zcrm  # noqa: E402 - the apps have to be loaded first


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer with the number of the process."""
    crm = await zcrm.afor_identifier("benchmark@example.com")
    await crm.aio.request("GET", "/crm/v8/Leads", params={"fields": "id"})
    head = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
