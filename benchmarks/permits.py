"""What a permit adds to a call: `python -m benchmarks.permits`, in microseconds of wall time."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from django_zcrm.zoho.aio.session import AsyncSession
from django_zcrm.zoho.auth import AccessToken, StaticToken
from django_zcrm.zoho.governor import Governor
from django_zcrm.zoho.governor_options import GovernorOptions
from django_zcrm.zoho.http import Headers, Request, Response
from django_zcrm.zoho.secret import Secret
from django_zcrm.zoho.session import Session

TIMES, ROUNDS = 50, 200
REQUEST = Request(
    method="GET",
    path="/crm/v8/Leads",
    params=(("fields", "id"),),
    safe=True,
    operation="GET /crm/{version}/{module}",
)


class Tokens(StaticToken):
    """A token in memory, for both kinds of sessions."""

    async def acurrent(self) -> AccessToken:
        """Return the token."""
        return self.token


class Transport:
    """Answers at once, so that only the session's own work is measured."""

    user_agent = ""

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return an empty answer."""
        return Response(200, Headers({"content-type": "application/json"}), b"{}")


class AsyncTransport:
    """The same, awaited."""

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return an empty answer."""
        return Response(200, Headers({"content-type": "application/json"}), b"{}")


TOKENS = Tokens(AccessToken(Secret("1000.0123456789"), "https://www.zohoapis.com"))


def blocking(governor: Governor | None) -> float:
    """Return the median of a call's microseconds."""
    session, took = Session(TOKENS, Transport(), governor=governor), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES):
            session.send(REQUEST)
        took.append((time.perf_counter() - started) / TIMES * 1e6)
    return statistics.median(took)


async def awaiting(governor: Governor | None) -> float:
    """Return the same of an awaited call."""
    plain = Session(TOKENS, Transport(), governor=governor)
    session = AsyncSession(
        TOKENS, AsyncTransport(), plain.planner, plain.timeout, plain.observer, governor
    )
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES):
            await session.send(REQUEST)
        took.append((time.perf_counter() - started) / TIMES * 1e6)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    governor: Any = _governor()
    print("| a call | without | with a governor | added |\n|---|---|---|---|")
    for name, measure in (
        ("blocking", blocking),
        ("awaiting", lambda limiter: asyncio.run(awaiting(limiter))),
    ):
        off = min(measure(None) for _ in range(3))
        on = min(measure(governor) for _ in range(3))
        print(f"| {name} | {off:.1f} | {on:.1f} | {on - off:.1f} µs |")


def _governor() -> Governor:
    from django_zcrm.governor.governors import OrganisationGovernor
    from django_zcrm.governor.ledger import Ledger

    return OrganisationGovernor(GovernorOptions(), "Enterprise", Ledger())


if __name__ == "__main__":
    main()
