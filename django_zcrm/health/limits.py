"""Collects what is used of each organisation's limits, from the database and the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..conf import ZCRMSettings
from ..governor import credit_rows, shares
from ..governor.ledger import Bucket, Ledger
from ..governor.limits import Limits, runs_out_at
from ..governor.registry import (
    known_governor,
    ledgers,
    organisation_key,
    shared_key,
    store_of,
)
from ..governor.stores import Stored
from ..models import Connection
from ..zoho.pace import HEAVY, ceiling_of

HOUR = 3600
HOURS = 24


@dataclass(frozen=True)
class Hour:
    """What the calls of one hour used: credits, and how often they waited or were refused."""

    starts_at: datetime
    credits: int
    calls: int
    waits: int
    refused: int


@dataclass(frozen=True)
class OrganisationLimits(Limits):
    """An organisation's limits, and what is used of them by the hour.

    `is_shared` says that `in_use` and `waiting` are of all processes, otherwise of this one.
    `waits` and `waited_ms` are those of 24 hours.
    """

    name: str
    is_shared: bool
    waits: int
    waited_ms: int
    refused: int
    hours: list[Hour]


def limits_in_use(
    connections: Iterable[Connection], config: ZCRMSettings | None
) -> list[OrganisationLimits]:
    """Return the limits of the organisations of some connections; none without a governor."""
    if config is None or config.governor is None:
        return []
    rows = {
        shared_key(connection): connection for connection in connections if connection.is_usable
    }
    store = config.governor.store
    stored = {} if store == "memory" else store_of(store).read_all(list(rows))
    written = credit_rows.read_all({organisation_key(connection) for connection in rows.values()})
    return [
        _limits(
            connection,
            config.governor.edition or connection.edition,
            stored.get(key),
            written.get(organisation_key(connection), {}),
            is_shared=store != "memory",
        )
        for key, connection in rows.items()
    ]


def _limits(
    connection: Connection,
    edition: str,
    stored: Stored | None,
    written: dict[int, Bucket],
    *,
    is_shared: bool,
) -> OrganisationLimits:
    key = organisation_key(connection)
    ledger = ledgers().get(key) or Ledger()
    ledger.learn(written)
    limit, waiting, in_use = ceiling_of(edition), 0, shares.NO_SLOTS
    if stored is not None and stored.state:
        state = shares.load(stored.state)
        limit, in_use = state.pace.limit, shares.in_use(state, stored.now)
        waiting = shares.waiting(state, stored.now)
    elif not is_shared and (governor := known_governor(shared_key(connection))):
        limit, in_use, waiting = governor.limit, governor.gate.in_use, governor.gate.waiting
    buckets, returns = ledger.buckets(), ledger.returns_at()
    return OrganisationLimits(
        name=connection.organisation_name or str(connection),
        edition=edition,
        is_shared=is_shared,
        concurrency=limit,
        in_use=in_use.slots,
        heavy=in_use.heavy,
        heavy_limit=min(HEAVY, limit),
        waiting=waiting,
        credits_spent=ledger.spent(),
        credits_left=ledger.left(),
        resets_at=None if returns is None else datetime.fromtimestamp(returns, UTC),
        runs_out_at=runs_out_at(ledger),
        waits=sum(bucket.waits for bucket in buckets.values()),
        waited_ms=round(sum(bucket.waited_ms for bucket in buckets.values())),
        refused=sum(bucket.refused for bucket in buckets.values()),
        hours=_hours(buckets),
    )


def _hours(buckets: dict[int, Bucket]) -> list[Hour]:
    """Return the last 24 hours, the oldest first, those without calls too."""
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = []
    for back in reversed(range(HOURS)):
        starts_at = last - timedelta(hours=back)
        start = int(starts_at.timestamp())
        within = [bucket for at, bucket in buckets.items() if start <= at < start + HOUR]
        hours.append(
            Hour(
                starts_at,
                credits=sum(bucket.credits for bucket in within),
                calls=sum(bucket.calls for bucket in within),
                waits=sum(bucket.waits for bucket in within),
                refused=sum(bucket.refused for bucket in within),
            )
        )
    return hours
