"""Collects the use of each organisation's limits from the database and the store."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max, Q, Sum
from django.utils import timezone

from ..conf import ZCRMSettings
from ..exceptions import ConfigurationError
from ..limits import credit_rows, shares
from ..limits.credit_counter import DAY, Bucket, CreditCounter
from ..limits.limits import Limits, runs_out_at
from ..limits.registry import (
    credit_counters,
    find_limiter,
    organisation_key,
    parse_organisation_key,
    shared_key,
    store_of,
)
from ..limits.shares import LostSlots
from ..limits.stores import Stored
from ..models import Connection, ConnectionQuerySet, CreditUse
from ..zoho.limits.adaptive_limit import HEAVY, ceiling_of

log = logging.getLogger("django_zcrm")

MAX_LIMITED = 200
"""How many organisations are shown; a search finds the others."""

HOUR = 3600
HOURS = 24


@dataclass(frozen=True)
class Hour:
    """The use of one hour: credits, and the numbers of calls that waited or were refused."""

    starts_at: datetime
    credits: int
    calls: int
    waits: int
    refused: int


@dataclass(frozen=True)
class OrganisationLimits(Limits):
    """An organisation's limits, and their use by the hour.

    With `is_shared`, `in_use` and `waiting` count all processes, otherwise only this one. With
    `is_store_away`, they count only this one because the shared store did not respond. `lost`
    describes slots that no process can use, `waits` and `waited_ms` are those of 24 hours.
    """

    name: str
    is_shared: bool
    is_store_away: bool
    lost: LostSlots
    waits: int
    waited_ms: int
    refused: int
    hours: list[Hour]

    @property
    def urgency(self) -> tuple[float, ...]:
        """A sort key that puts organisations that need attention last."""
        credits = self.credits_spent + (self.credits_left or 0)
        return (
            self.runs_out_at is not None,
            self.lost.slots,
            self.waiting,
            self.in_use / self.concurrency,
            0.0 if self.credits_left is None else self.credits_spent / max(credits, 1),
            self.refused,
            self.waits,
            self.credits_spent,
        )


def busiest(rows: ConnectionQuerySet, most: int = MAX_LIMITED) -> list[Connection]:
    """Return at most `most` usable connections, one of each organisation, the most urgent first.

    These are of the organisations that Zoho refused calls of lately, that had to wait, and that
    used the most credits; connections without calls come last.
    """
    newest = (
        rows.usable()
        .exclude(organisation_id="")
        .order_by()
        .values("data_center", "environment", "organisation_id", "client_id")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    usable = rows.usable().filter(Q(organisation_id="") | Q(pk__in=newest))
    usable = usable.defer("encrypted_access_token", "encrypted_refresh_token")
    used = (
        CreditUse.objects.filter(starts_at__gt=timezone.now() - timedelta(seconds=DAY))
        .values("organisation")
        .annotate(refusals=Sum("refused"), waited=Sum("waits"), spent=Sum("credits"))
        .order_by("-refusals", "-waited", "-spent")
    )
    parsed = [
        parse_organisation_key(key) for key in used.values_list("organisation", flat=True)[:most]
    ]
    ids = [organisation_id for organisation_id, pk in parsed if organisation_id]
    keys = [pk for _, pk in parsed if pk]
    connections = list(usable.filter(Q(organisation_id__in=ids) | Q(pk__in=keys))[:most])
    if len(connections) < most:
        others = usable.exclude(pk__in=[row.pk for row in connections]).best_first()
        connections += others[: most - len(connections)]
    return connections


def limits_in_use(
    connections: Iterable[Connection], config: ZCRMSettings | None
) -> list[OrganisationLimits]:
    """Return the limits of the organisations of some connections, those that need attention first.

    There are none without a limiter.
    """
    if config is None or config.limits is None:
        return []
    rows = {
        shared_key(connection): connection for connection in connections if connection.is_usable
    }
    stored = _read_store(config.limits.store, list(rows))
    buckets_by_key = credit_rows.read_all(
        {organisation_key(connection) for connection in rows.values()}
    )
    organisations = [
        _limits(
            connection,
            config.limits.edition or connection.edition,
            None if stored is None else stored.get(key),
            buckets_by_key.get(organisation_key(connection), {}),
            is_shared=stored is not None,
            is_store_away=stored is None and config.limits.store != "memory",
        )
        for key, connection in rows.items()
    ]
    return sorted(organisations, key=lambda limits: limits.urgency, reverse=True)


def _read_store(name: str, keys: list[str]) -> dict[str, Stored] | None:
    """Return the shared states; None if nothing is shared, or the store is unavailable."""
    if name == "memory":
        return None
    try:
        return store_of(name).read_all(keys)
    except ConfigurationError:
        raise
    except Exception as error:  # each store has its own errors; the report omits this part
        log.warning("The store of Zoho's limits is unavailable (%s).", type(error).__name__)
        return None


def _limits(
    connection: Connection,
    edition: str,
    stored: Stored | None,
    use_by_time: dict[int, Bucket],
    *,
    is_shared: bool,
    is_store_away: bool,
) -> OrganisationLimits:
    key = organisation_key(connection)
    counter = credit_counters().get(key) or CreditCounter()
    counter.learn(use_by_time)
    limit, waiting, in_use = ceiling_of(edition), 0, shares.NO_SLOTS
    lost = LostSlots()
    if stored is not None and stored.state:
        state = shares.load(stored.state, edition, stored.now)
        lost = shares.count_lost_slots(state, stored.now)
        limit, in_use = state.adaptive_limit.limit, shares.in_use(state, stored.now)
        waiting = shares.waiting(state, stored.now)
    elif not is_shared and (limiter := find_limiter(shared_key(connection))):
        limit, in_use, waiting = limiter.limit, limiter.pool.in_use, limiter.pool.waiting
    buckets, returns = counter.buckets(), counter.returns_at()
    return OrganisationLimits(
        name=connection.organisation_name or str(connection),
        edition=edition,
        is_shared=is_shared,
        is_store_away=is_store_away,
        lost=lost,
        concurrency=limit,
        in_use=in_use.slots,
        heavy=in_use.heavy,
        heavy_limit=min(HEAVY, limit),
        waiting=waiting,
        credits_spent=counter.credits_spent(),
        credits_left=counter.credits_left(),
        resets_at=None if returns is None else datetime.fromtimestamp(returns, UTC),
        runs_out_at=runs_out_at(counter),
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
