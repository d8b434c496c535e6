"""Opens, renews and closes notification channels at Zoho: one for each connection.

The expiry in Zoho's response counts, not the requested one: Zoho replaces an expiry that it does
not accept by one hour, without an error. So a channel is renewed after half of that time. Mirrors
are polled even without a channel.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ...clients import client_for, zcrm
from ...conf import get_settings
from ...exceptions import ApiError, ConfigurationError, ZCRMError
from ...leases import is_free
from ...models import Connection
from ...moments import Moment
from ...tokens.columns import read_secret, write_secret
from ...zoho.client import Client
from ...zoho.limits.budget import no_waiting
from ...zoho.operations.results import BatchResult, Outcome
from ...zoho.secret import JSONSecret, Secret
from ..connections import connections_here
from ..failures import longest_retry, retry_after, stored_reason
from ..leases import LeaseLost, WorkLease
from ..locking import delete_by_key, lock_free_rows, update_by_key
from ..models import Channel, MirrorState
from ..models.mirror_state import LEASE_SECONDS
from ..models.organisations import organisation_now, organisation_of
from ..statements import Parameter, Select, Update, compiled
from ..stored import moment_or_none
from .refusals import generate_channel_id, is_about_events, split_refused
from .unwatched import poll_unwatched

logger = logging.getLogger("django_zcrm.mirror")

TOKEN = "encrypted_token"  # noqa: S105 - the name of its column

ASKED_LIFE = {"v2": timedelta(hours=23), "v2.1": timedelta(hours=23), "v3": timedelta(hours=23)}
"""Zoho's maximum is a day in these versions, and a week in later ones (docs: notifications)."""

LONG_LIFE = timedelta(days=6)

MIN_WAIT = timedelta(seconds=60)
"""The shortest time between two renewals."""

MAX_EVENTS = 50
"""Events of one channel (Zoho's OpenAPI description). Further modules are only polled."""

FORGOTTEN = "NOT_SUBSCRIBED"

SAME_RENEWAL = Q(renew_at=Parameter("renew_at"))
"""The condition that nobody has requested a renewal."""

SLICE = 10
"""Channels that a worker renews at once, between mirrors."""

BATCH = 500
"""Rows of channels that are inserted at once."""


def ensure_channels() -> None:
    """Create missing rows of channels: one for each connection with mirrors.

    Without a NOTIFY_URL, none are created. Channels with another URL are due at once, and channels
    of former organisations are removed.
    """
    using, config = router.db_for_write(Channel), get_settings()
    delete_by_key(Channel.objects.moved(), _select_moved(using).fetch())
    _renew_other(using, config.mirror.notify_url).run()
    if config.mirror.notify_url:
        _add(_select_missing(using, config).fetch())


@compiled
def _select_moved(using: str) -> Select:
    return Select.of(Channel.objects.using(using).moved().values_list("pk", flat=True))


@compiled
def _renew_other(using: str, url: str) -> Update:
    others = Channel.objects.using(using).exclude(notify_url=url)
    return Update.of(others.filter(failures=0), renew_at=Moment())


@compiled
def _select_missing(using: str, settings: object) -> Select:
    states = MirrorState.objects.filter(connection=OuterRef("pk"))
    return Select.of(_find_missing(connections_here().using(using).filter(Exists(states))))


def add_channels(mirrored: models.QuerySet[Connection]) -> None:
    """Create the missing rows of channels of connections."""
    _add(_find_missing(mirrored))


def _find_missing(mirrored: models.QuerySet[Connection]) -> models.QuerySet[Any, Any]:
    """Return the connections without a channel, and their organisations."""
    there = Channel.objects.filter(connection=OuterRef("pk"))
    missing = mirrored.filter(~Exists(there)).annotate(organisation=organisation_now())
    return missing.values_list("pk", "organisation")


def _add(pairs: Iterable[tuple[Any, str]]) -> None:
    new = [
        Channel(connection_id=pk, channel_id=generate_channel_id(), organisation_id=organisation)
        for pk, organisation in pairs
    ]
    Channel.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def channel_of(connection: Connection) -> Channel:
    """Return the channel of a connection. Creates a missing row, but does not open the channel."""
    Channel.objects.moved().filter(connection=connection).delete()
    row = Connection.objects.using(router.db_for_write(Channel)).get(pk=connection.pk)
    new = {"channel_id": generate_channel_id(), "organisation_id": organisation_of(row)}
    channel, _ = Channel.objects.select_related("connection__owner").get_or_create(
        connection=row, defaults=new
    )
    return channel


def renew_due_channels(limit: int = SLICE) -> int:
    """Open, renew or close channels that are due, at most `limit`; return their number.

    No call waits for a slot, or before a retry: other channels are due as well.
    """
    claimed, end = _claim(limit), time.monotonic() + LEASE_SECONDS / 3
    for channel, lease in claimed:
        if time.monotonic() > end:  # Zoho is slow: the lease of the others would expire
            lease.release()
            continue
        with lease.release_on_error(), no_waiting():
            _renew(channel, lease)
    return len(claimed)


def find_due_channels() -> models.QuerySet[Channel]:
    """Return the channels to open, renew or close that no worker has leased."""
    due = Channel.objects.filter(is_free(LEASE_SECONDS), renew_at__lte=Moment())
    return due.filter(connection__in=connections_here()).order_by("renew_at", "pk")


def _claim(limit: int) -> list[tuple[Channel, WorkLease]]:
    """Lease channels that are due, with their connections."""
    owner, using = secrets.token_hex(16), router.db_for_write(Channel)
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    if not _select_any_due(using, get_settings()).fetch():
        return []
    can_skip = connections[using].features.has_select_for_update_skip_locked
    with transaction.atomic(using=using) if can_skip else nullcontext():
        due = find_due_channels().only("pk")[:limit]
        keys = [channel.pk for channel in (lock_free_rows(due) if can_skip else due)]
        free = Channel.objects.filter(is_free(LEASE_SECONDS))
        update_by_key(free, keys, lease_owner=owner, lease_until=until)
    rows = Channel.objects.filter(pk__in=keys, lease_owner=owner).select_related(
        "connection__owner"
    )
    return [(channel, WorkLease(channel, owner)) for channel in rows.order_by("renew_at", "pk")]


@compiled
def _select_any_due(using: str, settings: object) -> Select:
    return Select.of(find_due_channels().using(using).values_list("pk")[:1])


def retry_dated_ahead() -> None:
    """Make channels due that a clock which was ahead has put off for too long."""
    _retry_dated_ahead(router.db_for_write(Channel), longest_retry()).run()


@compiled
def _retry_dated_ahead(using: str, seconds: float) -> Update:
    late = Q(renew_at__gt=Moment.latest(LONG_LIFE.total_seconds()))
    soon = Q(renew_at__gt=Moment.latest(seconds), failures__gt=0)
    return Update.of(Channel.objects.using(using).filter(late | soon), renew_at=Moment())


def renew(channel: Channel) -> Exception | None:
    """Open or renew a channel if no other worker has leased it; return the error, if any.

    Without a NOTIFY_URL the channel is closed. The row stores the error, and the time of the next
    attempt. Raises the errors of the database.
    """
    lease = WorkLease(channel)
    with lease.release_on_error():
        if not lease.take():
            return None
        channel.refresh_from_db(from_queryset=Channel.objects.select_related("connection__owner"))
        return _renew(channel, lease)


def _renew(channel: Channel, lease: WorkLease) -> Exception | None:
    if channel.organisation_id != organisation_of(channel.connection):
        channel.delete()
        return None
    lease.bind(channel.organisation_id)
    try:
        with lease.keep_renewed(), zcrm.priority("batch"):
            columns = _renew_at_zoho(channel, lease)
    except LeaseLost:
        logger.warning("the channel %s was taken over, or is another organisation's now", channel)
        lease.release()
        return None
    except Exception as error:
        if not isinstance(error, ZCRMError):
            logger.exception("the channel %s failed", channel)
        failures = channel.failures + 1
        again = timezone.now() + retry_after(failures)
        lease.release(failures=failures, last_error=stored_reason(error), renew_at=again)
        poll_unwatched(channel.connection)
        return error
    columns.update(failures=0, last_error="")
    if not lease.release_if(SAME_RENEWAL, {"renew_at": channel.renew_at}, **columns):
        # Other events are wanted now, or refused ones are to be tried again.
        requested = ("renew_at", "refused")
        lease.release(**{name: columns[name] for name in columns if name not in requested})
    if not set(channel.events) <= set(columns["events"]):
        poll_unwatched(channel.connection, columns["events"])
    return None


def _renew_at_zoho(channel: Channel, lease: WorkLease) -> dict[str, Any]:
    """Open, renew or close a channel at Zoho; return the columns to store."""
    url = get_settings().mirror.notify_url
    crm = client_for(channel.connection)
    if not url:
        _close(crm, channel)
        logger.info("the channel %s is closed: there is no NOTIFY_URL", channel)
        renew_at = timezone.now() + LONG_LIFE  # unless the setting changes
        return {"events": [], "notify_url": "", "expires_at": None, "renew_at": renew_at}
    wanted_events = find_wanted_events(channel)
    refused = {event: words for event, words in channel.refused.items() if event in wanted_events}
    accepted_events = [event for event in wanted_events if event not in refused]
    events, left_out = accepted_events[:MAX_EVENTS], accepted_events[MAX_EVENTS:]
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
        # Secret until the body is encoded, because error pages show the variables of all frames.
        token = JSONSecret(read_secret(channel, TOKEN))
        watch = {"channel_id": channel.channel_id, "notify_url": url, "token": token}
        try:
            outcome = _put(crm, channel, watch, events)
        except ApiError as error:
            if not is_about_events(error):
                raise
            events, reasons = split_refused(crm, watch, events, error)
            refused.update(reasons)
            outcome = _put(crm, channel, watch, events) if events else None
    now = timezone.now()
    columns = {"events": events, "refused": refused, "notify_url": url}
    if outcome is None:
        _close(crm, channel)
        return {**columns, "expires_at": None, "renew_at": now + LONG_LIFE}
    expires = expiry_of(outcome, default=now + timedelta(hours=1))
    # Channels that were opened together are not renewed together. `retry_dated_ahead` takes a time
    # after LONG_LIFE for that of a clock that was ahead.
    half = (expires - now) / 2 * random.uniform(0.5, 1)  # noqa: S311 - spreads the load
    renew_at = now + min(max(half, MIN_WAIT), LONG_LIFE)
    return {**columns, "expires_at": expires, "renew_at": renew_at}


def find_wanted_events(channel: Channel) -> list[str]:
    """Return the events to watch: subscribed ones first, then those of mirrored modules by name.

    Subscribed events come first because mirrored modules without an event are still polled.
    """
    # Not `connection.mirrors`: Django reads relations where pages read, possibly from a replica.
    mirrors = MirrorState.objects.filter(connection=channel.connection)
    modules = sorted(mirrors.values_list("module", flat=True))
    whole = {module: f"{module}.all" for module in modules}
    subscribed = [whole.get(event.rpartition(".")[0], event) for event in channel.subscribed]
    return list(dict.fromkeys([*subscribed, *whole.values()]))


def _put(crm: Client, channel: Channel, watch: Mapping[str, Any], events: Sequence[str]) -> Outcome:
    """Update a channel at Zoho, or open it if Zoho does not have it.

    A worker may have been killed before it stored Zoho's response.
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


def expiry_of(outcome: Outcome, default: datetime) -> datetime:
    """Return the expiry in Zoho's response: the earliest time among the modules."""
    events: Iterable[Any] = outcome.details.get("events") or ()
    expiries = (moment_or_none(event.get("channel_expiry")) for event in events)
    return min((expiry for expiry in expiries if expiry is not None), default=default)


@sensitive_variables()
def _ensure_token(channel: Channel, lease: WorkLease) -> None:
    """Store the token before sending it to Zoho, so that no notification is refused.

    A token whose encryption key is lost is replaced.
    """
    try:
        if channel.encrypted_token:
            read_secret(channel, TOKEN)
            return
    except ConfigurationError as error:
        logger.warning("the channel %s gets a new token: %s", channel, error)
    write_secret(channel, TOKEN, Secret(secrets.token_urlsafe(32)))
    lease.fence(encrypted_token=channel.encrypted_token)


def subscribe(connection: Connection, events: Sequence[str]) -> Channel:
    """Subscribe to events (`Deals.create`, `Deals.edit`, `Deals.delete`, `Deals.all`).

    The signal `notification_received` reports them; no model has to mirror the module. The events
    replace earlier subscriptions; an empty list leaves only the events of mirrored modules. Raises
    ValueError for an invalid event and for more than MAX_EVENTS, ConfigurationError without a
    NOTIFY_URL, and the errors of calls.
    """
    if not get_settings().mirror.notify_url:
        raise ConfigurationError(
            "Set ZCRM['MIRROR']['NOTIFY_URL'] to the address of zcrm:notify first.", "MIRROR"
        )
    subscribed = list(dict.fromkeys(events))
    if len(subscribed) > MAX_EVENTS:
        raise ValueError(
            f"Zoho watches at most {MAX_EVENTS} events in a channel, not {len(subscribed)}. "
            "'Deals.all' replaces the three events of Deals."
        )
    for event in subscribed:
        module, _, operation = event.rpartition(".")
        if not module or operation not in ("create", "edit", "delete", "all"):
            raise ValueError(
                f"{event!r} is not an event: use one such as 'Deals.edit' or 'Deals.all'."
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
    channel = Channel.objects.current().filter(connection=connection).first()
    if channel is None or channel.expires_at is None:
        return
    try:
        _close(client_for(connection), channel)
    except ZCRMError as error:
        logger.warning("the channel %s could not be closed: %s", channel, error)


def forget(connection: Connection) -> None:
    """Remove the channel of a connection and its notices; at Zoho it expires.

    A new row, without a token, keeps the events that the project subscribed to.
    """
    with transaction.atomic(using=router.db_for_write(Channel)):
        channel = Channel.objects.filter(connection=connection.pk).first()
        if channel is None:
            return
        channel.delete()
        if channel.subscribed:
            Channel.objects.create(
                connection_id=connection.pk,
                organisation_id=channel.organisation_id,
                channel_id=generate_channel_id(),
                subscribed=channel.subscribed,
            )


def _close(crm: Client, channel: Channel) -> None:
    """Close a channel at Zoho. Raises the errors of calls."""
    if channel.expires_at is None or channel.expires_at <= timezone.now():
        return
    try:
        _outcome(crm.notifications.delete([channel.channel_id]))
    except ApiError as error:
        if error.code != FORGOTTEN:
            raise
