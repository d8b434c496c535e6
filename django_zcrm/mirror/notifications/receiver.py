"""The view to which Zoho posts notifications: it stores them, and makes no request."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import router, transaction
from django.db.models import FilteredRelation, Q
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ...exceptions import ConfigurationError
from ...tokens.columns import read_secret
from ...zoho.secret import Secret, reveal
from ..models import Channel, Notice, Wakeup
from ..models.notifications import modules_of
from ..models.organisations import name_organisation
from ..options import mirrored_models
from ..signals import notification_received
from ..statements import Parameter, Select, compiled, insert_unless_stored
from ..stored import FIRST, LAST
from ..wake import send_message
from .channels import TOKEN

MAX_BODY = 1_000_000
"""Bytes of a notification."""

MAX_IDS = 10_000
NOTIFIED_PRECISION = timedelta(seconds=30)
"""`last_notice_at` is updated no more often than this, so that notices do not wait for one row."""

COLUMNS = (
    "id",
    "connection_id",
    "organisation_id",
    "events",
    "subscribed",
    TOKEN,
    "last_notice_at",
)
"""What the page reads of a channel, in the order of its fields."""

ID = re.compile(r"[0-9A-Za-z_]{1,32}")
WORD = re.compile(r"\w{1,100}")


@csrf_exempt
@login_not_required
@require_POST
@sensitive_variables()
def notify(request: HttpRequest) -> HttpResponse:
    """Store a notification from Zoho.

    Returns status 200, also for a repeated notification; 400 for an invalid or incomplete body, 403
    for an unknown channel or a wrong token, 413 for a body that is too long.
    """
    try:
        # The body contains the channel's token, so no variable holds it: error pages show these.
        notification = NotificationBody.of(request.read(MAX_BODY + 1))
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except (ValueError, UnreadablePostError):
        return HttpResponse(status=400)
    channel, is_mirrored = _find_channel(notification.channel_id, notification.module)
    if channel is None or not _is_token_of(channel, notification.token):
        return HttpResponse(status=403)
    if notification.is_watched_by(channel):
        store_notice(channel, notification, is_mirrored)
    return HttpResponse()


@dataclass(frozen=True)
class NotificationBody:
    """The content of a notification."""

    channel_id: str
    token: Secret
    module: str
    operation: str
    ids: tuple[str, ...]
    server_time: datetime | None

    @classmethod
    @sensitive_variables()
    def of(cls, body: bytes) -> Self:
        """Parse a body. Raises ValueError for an invalid one, RequestDataTooBig for a long one."""
        if len(body) > MAX_BODY:
            raise RequestDataTooBig
        try:
            content = json.loads(body)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(content, dict):
            raise ValueError("no object")
        # JSON may contain NUL and lone surrogates, which databases and comparisons do not accept.
        channel_id, token = _text(content.get("channel_id")), _text(content.get("token"))
        if not (ID.fullmatch(channel_id) and token.isascii()):
            raise ValueError("channel_id or token")
        module, operation = _text(content.get("module")), _text(content.get("operation"))
        ids = content.get("ids")
        if not isinstance(ids, list) or len(ids) > MAX_IDS:
            raise ValueError("ids")
        names = tuple(dict.fromkeys(map(_text, ids)))
        if not all(map(ID.fullmatch, names)):
            raise ValueError("ids")
        if not (WORD.fullmatch(module) and WORD.fullmatch(operation[:21])):
            raise ValueError("module or operation")
        return cls(
            channel_id=channel_id,
            token=Secret(token),
            module=module,
            operation=operation[:20],
            ids=names,
            server_time=_parse_moment(content.get("server_time")),
        )

    def is_watched_by(self, channel: Channel) -> bool:
        """Whether the channel watches such events."""
        modules = modules_of([*channel.events, *channel.subscribed])
        return self.module.lower() in {module.lower() for module in modules}

    def digest(self, channel: Channel) -> str:
        """Return a digest that is the same for two notices of one change.

        A notice without a time repeats no other, because its record may have changed twice.
        """
        moment = str(self.server_time or secrets.token_hex(16))
        parts = [channel.pk, self.module, self.operation, sorted(self.ids), moment]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _find_channel(channel_id: str, module: str) -> tuple[Channel | None, bool]:
    """Return the channel of the current organisation of its connection.

    Also returns whether the connection mirrors the module.
    """
    using = router.db_for_write(Channel)
    rows = _select_channel(using).fetch(channel_id=channel_id, module=module)
    if not rows:
        return None, False
    *values, organisation_id, grants, mirror = rows[0]
    channel = Channel.from_db(using, COLUMNS, values)
    is_current = channel.organisation_id == name_organisation(organisation_id, grants)
    return channel if is_current else None, mirror is not None


@compiled
def _select_channel(using: str) -> Select:
    # One statement, because each costs more than its rows. Plain columns and a plain join:
    # PostgreSQL plans `current()` or a subquery for longer than all else takes it.
    module = Q(connection__mirrors__module=Parameter("module"))
    channels = Channel.objects.using(using).filter(channel_id=Parameter("channel_id"))
    joined = channels.annotate(mirror=FilteredRelation("connection__mirrors", condition=module))
    columns = "connection__organisation_id", "connection__grants", "mirror__pk"
    return Select.of(joined.values_list(*COLUMNS, *columns))


def store_notice(channel: Channel, notification: NotificationBody, is_mirrored: bool) -> None:
    """Store a notice unless it is repeated, and trigger a worker after the commit.

    Without a mirror of its module, the notice needs no work.
    """
    now, using = timezone.now(), router.db_for_write(Notice)
    values = {
        "channel_id": channel.pk,
        "module": notification.module,
        "operation": notification.operation,
        "ids": list(notification.ids),
        "server_time": notification.server_time,
        "digest": notification.digest(channel),
        "received_at": now,
        "done_at": None if is_mirrored else now,
    }
    last = channel.last_notice_at
    if last is None or not now - NOTIFIED_PRECISION <= last <= now:
        # Update the channel before the notice: for the notice's foreign key MariaDB takes a shared
        # lock of the channel's row. Two transactions that share it and update the row deadlock.
        Channel.objects.filter(pk=channel.pk).update(last_notice_at=now)
    request = {"connection_id": channel.connection_id, "module": notification.module}
    companion = (Wakeup, request) if is_mirrored else None
    if not insert_unless_stored((Notice, values), companion, using):
        return  # the notice is repeated
    if is_mirrored:
        send_message(using, channel.connection_id, notification.module)
    transaction.on_commit(partial(send_signal, channel, notification), using=using)


def send_signal(channel: Channel, notification: NotificationBody) -> None:
    """Send `notification_received`; errors of receivers are logged, and do not reach Zoho."""
    model = mirrored_models().get(notification.module)
    if notification_received.has_listeners(model):
        notification_received.send_robust(
            sender=model,
            connection=channel.connection,
            module=notification.module,
            operation=notification.operation,
            ids=notification.ids,
            server_time=notification.server_time,
        )


@sensitive_variables()
def _is_token_of(channel: Channel, token: Secret) -> bool:
    if not channel.encrypted_token:
        return False
    try:
        expected = read_secret(channel, TOKEN)
    except ConfigurationError:  # its key is lost: the channel is renewed with another token
        Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())
        return False
    return constant_time_compare(reveal(expected), reveal(token))


def _text(value: Any) -> str:
    """Return a value of JSON as text. Raises ValueError for a nested one."""
    # str() of a nested value may exceed Python's recursion limit.
    if isinstance(value, list | dict):
        raise ValueError("nested")
    return str(value)


def _parse_moment(value: Any) -> datetime | None:
    """Return a time from milliseconds; None for an invalid value."""
    try:
        moment = datetime.fromtimestamp(int(value) / 1000, UTC)
        return moment if FIRST <= moment <= LAST else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
