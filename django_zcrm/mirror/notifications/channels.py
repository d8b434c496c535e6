"""Opens, renews and closes notification channels at Zoho: one for each connection.

A channel lives as long as Zoho answers, not as long as it was asked for: an expiry that Zoho does
not like becomes an hour, without an error. So it is renewed at half of the life that was answered.
Whatever happens to it, the tables are polled.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ...clients import client_for, zcrm
from ...conf import get_settings
from ...exceptions import ApiError, ConfigurationError, ZCRMError
from ...leases import is_free
from ...models import Connection
from ...tokens.columns import read_secret, write_secret
from ...zoho.client import Client
from ...zoho.results import BatchResult, Outcome
from ...zoho.secret import Secret, reveal
from ..leases import LeaseLost, WorkLease
from ..models import Channel, MirrorState
from ..runners.states import connections_here
from ..runners.worker_run import retry_after, words_of
from .refusals import new_channel_id, without_refused

logger = logging.getLogger("django_zcrm.mirror")

TOKEN = "encrypted_token"  # noqa: S105 - the name of its column

ASKED_LIFE = {"v2": timedelta(hours=23), "v2.1": timedelta(hours=23), "v3": timedelta(hours=23)}
"""Zoho's maximum is a day in these versions, and a week in later ones (docs: notifications)."""

LONG_LIFE = timedelta(days=6)

MIN_WAIT = timedelta(seconds=60)
"""The least time between two renewals, however short a life Zoho answers."""

MAX_EVENTS = 50
"""Of one channel (Zoho's OpenAPI description). Modules beyond that are polled, and nothing else."""

FORGOTTEN = "NOT_SUBSCRIBED"


def ensure_channels() -> None:
    """Create missing rows of channels: one for each connection with mirrors.

    Without a NOTIFY_URL there are none.
    """
    if not get_settings().mirror.notify_url:
        return
    mirrors = MirrorState.objects.filter(connection=OuterRef("pk"))
    there = Channel.objects.filter(connection=OuterRef("pk"))
    for connection in connections_here().filter(Exists(mirrors), ~Exists(there)):
        channel_of(connection)


def channel_of(connection: Connection) -> Channel:
    """Return the channel of a connection; its row is created if missing, but nothing is opened."""
    channel, _ = Channel.objects.select_related("connection").get_or_create(
        connection=connection, defaults={"channel_id": new_channel_id()}
    )
    return channel


def due_channels() -> models.QuerySet[Channel]:
    """Return the channels to open, renew or close, and that no worker has leased.

    Without a NOTIFY_URL those that were opened with one are closed.
    """
    url = get_settings().mirror.notify_url
    is_moved = ~Q(notify_url=url)
    due = Q(renew_at__lte=timezone.now()) | (is_moved & Q(failures=0))
    rows = Channel.objects.filter(is_free(), due, connection__in=connections_here())
    if not url:
        rows = rows.filter(is_moved)
    return rows.select_related("connection").order_by("renew_at", "pk")


def renew(channel: Channel) -> Exception | None:
    """Open or renew a channel if no other worker has leased it; return the error, if any.

    Without a NOTIFY_URL it is closed. The error is noted in the row, with the time of the next try.
    Raises what the database raises.
    """
    lease = WorkLease(channel)
    with lease.released_on_error():
        return _renew(channel, lease) if lease.take() else None


def _renew(channel: Channel, lease: WorkLease) -> Exception | None:
    channel.refresh_from_db(from_queryset=Channel.objects.select_related("connection"))
    try:
        with lease.beating(), zcrm.priority("batch"):
            columns = _renewed(channel, lease)
    except LeaseLost:
        logger.warning("another worker took over the channel %s", channel)
        return None
    except Exception as error:
        if not isinstance(error, ZCRMError):
            logger.exception("the channel %s failed", channel)
        failures = channel.failures + 1
        again = timezone.now() + retry_after(failures)
        lease.release(failures=failures, last_error=words_of(error), renew_at=again)
        return error
    lease.release(failures=0, last_error="", **columns)
    return None


def _renewed(channel: Channel, lease: WorkLease) -> dict[str, Any]:
    """Open, renew or close a channel at Zoho; return the columns to store."""
    url = get_settings().mirror.notify_url
    crm = client_for(channel.connection)
    if not url:
        _close(crm, channel)
        logger.info("the channel %s is closed: there is no NOTIFY_URL", channel)
        return {"events": [], "notify_url": "", "expires_at": None, "renew_at": timezone.now()}
    wanted = wanted_events(channel)
    refused = {event: words for event, words in channel.refused.items() if event in wanted}
    taken = [event for event in wanted if event not in refused]
    events, left_out = taken[:MAX_EVENTS], taken[MAX_EVENTS:]
    if left_out:
        logger.warning(
            "the channel %s watches %d events, as many as Zoho takes; these are only polled: %s",
            channel,
            MAX_EVENTS,
            ", ".join(left_out),
        )
    outcome: Outcome | None = None
    if events:
        _ensure_token(channel, lease)
        watch = {"channel_id": channel.channel_id, "notify_url": url, "token": _token(channel)}
        try:
            outcome = _put(crm, channel, watch, events)
        except ApiError as error:
            if not _is_about_events(error):
                raise
            events, reasons = without_refused(crm, watch, events, error)
            refused.update(reasons)
            outcome = _put(crm, channel, watch, events) if events else None
    now = timezone.now()
    columns = {"events": events, "refused": refused, "notify_url": url}
    if outcome is None:
        _close(crm, channel)
        return {**columns, "expires_at": None, "renew_at": now + LONG_LIFE}
    expires = expiry_of(outcome, default=now + timedelta(hours=1))
    renew_at = now + max((expires - now) / 2, MIN_WAIT)
    return {**columns, "expires_at": expires, "renew_at": renew_at}


def wanted_events(channel: Channel) -> list[str]:
    """Return the events to watch: subscribed ones first, then those of mirrored modules.

    Those come by name. What a channel has no place for is polled, which nothing does for the first.
    """
    mirrors = MirrorState.objects.filter(connection=channel.connection_id)
    modules = sorted(mirrors.values_list("module", flat=True))
    whole = {module: f"{module}.all" for module in modules}
    subscribed = [whole.get(event.rpartition(".")[0], event) for event in channel.subscribed]
    return list(dict.fromkeys([*subscribed, *whole.values()]))


def _put(crm: Client, channel: Channel, watch: Mapping[str, Any], events: Sequence[str]) -> Outcome:
    """Update a channel at Zoho, or open it if Zoho does not have it.

    A worker may have been killed before it noted what Zoho answered.
    """
    ends = timezone.now() + ASKED_LIFE.get(crm.session.version, LONG_LIFE)
    whole: Any = {**watch, "events": events, "channel_expiry": ends.isoformat(timespec="seconds")}
    ways = [crm.notifications.update, crm.notifications.create]
    if channel.expires_at is None:
        ways.reverse()
    try:
        return _outcome(ways[0]([whole]))
    except ApiError as error:
        if error.code != FORGOTTEN and error.field != "channel_id":
            raise
    return _outcome(ways[1]([whole]))


def _outcome(result: BatchResult) -> Outcome:
    (outcome,) = result.outcomes
    if outcome.error is not None:
        raise outcome.error
    return outcome


def _is_about_events(error: ApiError) -> bool:
    return error.field == "events" or error.code in ("NO_PERMISSION", "INVALID_MODULE")


def expiry_of(outcome: Outcome, default: datetime) -> datetime:
    """Return when a channel expires by Zoho's answer: the earliest time among its modules."""
    events: Iterable[Any] = outcome.details.get("events") or ()
    expiries = [event["channel_expiry"] for event in events if event.get("channel_expiry")]
    return min(map(datetime.fromisoformat, expiries), default=default)


@sensitive_variables()
def _ensure_token(channel: Channel, lease: WorkLease) -> None:
    """Store the token before sending it to Zoho, so that no notification is refused."""
    if not channel.encrypted_token:
        write_secret(channel, TOKEN, Secret(secrets.token_urlsafe(32)))
        lease.fence(encrypted_token=channel.encrypted_token)


@sensitive_variables()
def _token(channel: Channel) -> str:
    return reveal(read_secret(channel, TOKEN))


def subscribe(connection: Connection, events: Sequence[str]) -> Channel:
    """Subscribe to events (`Deals.create`, `Deals.edit`, `Deals.delete`, `Deals.all`).

    They come as the signal `notification_received`; no model has to mirror the module. The events
    replace those that were subscribed before; without any, only what is mirrored is notified.
    Raises ValueError for what is no event and for more than MAX_EVENTS, ConfigurationError without
    a NOTIFY_URL, and what calls raise.
    """
    if not get_settings().mirror.notify_url:
        raise ConfigurationError(
            "Set ZCRM['MIRROR']['NOTIFY_URL'] to the address of zcrm:notify first.", "MIRROR"
        )
    subscribed = list(dict.fromkeys(events))
    if len(subscribed) > MAX_EVENTS:
        raise ValueError(
            f"{len(subscribed)} events are too many: Zoho watches {MAX_EVENTS} in a channel. "
            "'Deals.all' stands for all three of Deals."
        )
    for event in subscribed:
        module, _, operation = event.rpartition(".")
        if not module or operation not in ("create", "edit", "delete", "all"):
            raise ValueError(
                f"{event!r} is no event: take one such as 'Deals.edit' or 'Deals.all'."
            )
    channel = channel_of(connection)
    Channel.objects.filter(pk=channel.pk).update(
        subscribed=subscribed, refused={}, renew_at=timezone.now()
    )
    if (error := renew(channel)) is not None:
        raise error
    channel.refresh_from_db(from_queryset=Channel.objects.all())
    return channel


def close(connection: Connection) -> None:
    """Close a connection's channel at Zoho, if possible. Raises nothing."""
    channel = Channel.objects.filter(connection=connection).first()
    if channel is None or channel.expires_at is None:
        return
    try:
        _close(client_for(connection), channel)
    except ZCRMError as error:
        logger.warning("the channel %s could not be closed: %s", channel, error)


def _close(crm: Client, channel: Channel) -> None:
    """Close a channel at Zoho. Raises the errors of calls."""
    if channel.expires_at is None or channel.expires_at <= timezone.now():
        return
    try:
        _outcome(crm.notifications.delete([channel.channel_id]))
    except ApiError as error:
        if error.code != FORGOTTEN:
            raise
