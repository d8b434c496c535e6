"""What a slot adds to a call: `python -m benchmarks.slots`, in microseconds of wall time."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from django_zcrm.zoho.aio.session import AsyncSession
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse
from django_zcrm.zoho.limits.limiter import Limiter
from django_zcrm.zoho.limits.options import LimitOptions
from django_zcrm.zoho.secret import Secret

TIMES, ROUNDS = 50, 200
REQUEST = ZohoRequest(
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

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return an empty answer."""
        return ZohoResponse(200, Headers({"content-type": "application/json"}), b"{}")


class AsyncTransport:
    """The same, awaited."""

    async def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return an empty answer."""
        return ZohoResponse(200, Headers({"content-type": "application/json"}), b"{}")


TOKENS = Tokens(AccessToken(Secret("1000.0123456789"), "https://www.zohoapis.com"))


def blocking(limiter: Limiter | None) -> float:
    """Return the median of a call's microseconds."""
    session, took = Session(TOKENS, Transport(), limiter=limiter), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES):
            session.send(REQUEST)
        took.append((time.perf_counter() - started) / TIMES * 1e6)
    return statistics.median(took)


async def awaiting(limiter: Limiter | None) -> float:
    """Return the same of an awaited call."""
    plain = Session(TOKENS, Transport(), limiter=limiter)
    session = AsyncSession(
        TOKENS, AsyncTransport(), plain.planner, plain.timeout, plain.observer, limiter
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
    limiter: Any = _limiter()
    print("| a call | without | with a limiter | added |\n|---|---|---|---|")
    for name, measure in (
        ("blocking", blocking),
        ("awaiting", lambda rate_limiter: asyncio.run(awaiting(rate_limiter))),
    ):
        turns = [(measure(None), measure(limiter)) for _ in range(3)]
        off, on = (min(times) for times in zip(*turns, strict=True))
        print(f"| {name} | {off:.1f} | {on:.1f} | {on - off:.1f} µs |")


def _limiter() -> Limiter:
    from django_zcrm.limits.credit_counter import CreditCounter
    from django_zcrm.limits.limiter import OrganisationLimiter

    return OrganisationLimiter(LimitOptions(), "Enterprise", CreditCounter())


if __name__ == "__main__":
    main()
