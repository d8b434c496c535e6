"""Writes by the blocking method of a record set, and by the asynchronous one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.operations.results import RecordDict


def blocking(records: Any, method: str, *args: Any, **options: Any) -> Any:
    """Call a method."""
    return getattr(records, method)(*args, **options)


def asynchronous(records: Any, method: str, *args: Any, **options: Any) -> Any:
    """Call and await the same method's async version."""

    async def call() -> Any:
        return await getattr(records, f"a{method}")(*args, **options)

    return asyncio.run(call())


both = pytest.mark.parametrize("write", [blocking, asynchronous])


def rows(count: int, **more: Any) -> list[RecordDict]:
    """Return rows of leads, each with another e-mail address."""
    return [
        {"Last_Name": f"Lead {n}", "Email": f"lead{n}@acme.example", **more} for n in range(count)
    ]


def names(zcrm: ZCRMEmulator) -> list[str]:
    """Return the last names of the leads in Zoho, oldest first."""
    return [lead["Last_Name"] for lead in zcrm.records("Leads")]


def take_requests(zcrm: ZCRMEmulator) -> list[str]:
    """Return the requests since the last call."""
    requests = [f"{request.method} {request.path}" for request in zcrm.requests]
    zcrm.forget_requests()
    return requests
