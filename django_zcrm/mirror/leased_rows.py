"""Reads the rows of leased mirrors, with what decides about their polls, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from ..conf import get_settings
from .models import MirrorState, Notice, OutboxItem
from .planning.intervals import Polling
from .statements import Parameter, Select, compiled, numbered, parameters, size_of

_MODULE = {"connection": OuterRef("connection"), "module": OuterRef("module")}


def read_leased(keys: Sequence[int], owner: str, using: str) -> list[MirrorState]:
    """Return the mirrors with these keys that a worker has leased, as `with_work` does."""
    today = timezone.now().astimezone(UTC).date()
    has_channels = bool(get_settings().mirror.notify_url)
    select = _select_leased(using, size_of(keys), has_channels)
    return select.fetch(owner=owner, today=today, **numbered("key", keys))


@compiled
def _select_leased(using: str, size: int, has_channels: bool) -> Select:
    keys = parameters("key", size)
    rows = MirrorState.objects.using(using).filter(pk__in=keys, lease_owner=Parameter("owner"))
    return Select.of(with_work(rows, Parameter("today"), has_channels=has_channels))


def with_work(
    rows: models.QuerySet[MirrorState], today: date | Parameter, *, has_channels: bool
) -> models.QuerySet[Any]:
    """Return mirrors with their connections and metadata, for `has_changes` and so on.

    Read them after the leases were taken: what is saved later requests work itself.
    """
    siblings = MirrorState.objects.filter(connection=OuterRef("connection"))
    others = siblings.exclude(pk=OuterRef("pk")).order_by().values("connection")
    polled = Q(poll_interval__gt=0, is_paused=False)
    rate = 1.0 / Cast(F("poll_interval"), FloatField())

    def of_others(aggregate: models.Aggregate) -> Subquery:
        return Subquery(others.annotate(value=aggregate).values("value"))

    related = ["connection__owner", "metadata"]
    if has_channels:
        related.append("connection__channel")
    return rows.select_related(*related).annotate(
        has_changes=Exists(OutboxItem.objects.open().filter(**_MODULE)),
        has_notices=Exists(
            Notice.objects.filter(
                channel__connection=OuterRef("connection"),
                module=OuterRef("module"),
                done_at=None,
            )
        ),
        others_credits=of_others(Sum("poll_credits", filter=Q(poll_credits_day=today))),
        others_rate=of_others(Sum(rate, filter=polled)),
        others_count=of_others(Count("pk", filter=polled)),
    )


def has_changes(state: MirrorState) -> bool:
    """Whether the outbox had changes of a mirror that were not sent when it was leased."""
    return bool(_value(state, "has_changes"))


def has_notices(state: MirrorState) -> bool:
    """Whether there were notices of a mirror that were not done when it was leased."""
    return bool(_value(state, "has_notices"))


def polling_of_others(state: MirrorState) -> Polling:
    """Return the polls of the connection's other mirrors when a mirror was leased."""
    return Polling(
        credits=_value(state, "others_credits") or 0,
        rate=_value(state, "others_rate") or 0.0,
        mirrors=_value(state, "others_count") or 0,
    )


def _value(state: MirrorState, name: str) -> Any:
    return vars(state)[name]
