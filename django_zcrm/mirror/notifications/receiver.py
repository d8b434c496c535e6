"""The view to which Zoho posts notifications: it stores them, and makes no request."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, router, transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ...tokens.columns import read_secret
from ...zoho.secret import Secret, reveal
from ..models import Channel, MirrorState, Notice
from ..options import mirrored_models
from ..runners.wake import wake
from ..signals import notification_received
from .channels import TOKEN

MAX_BODY = 1_000_000
"""Bytes of a notification."""

MAX_IDS = 10_000
NOTIFIED_PRECISION = timedelta(seconds=30)
"""`last_notice_at` is updated no more often than this, so that notices do not wait for one row."""

ID = re.compile(r"[0-9A-Za-z_]{1,32}")
WORD = re.compile(r"\w{1,100}")


@csrf_exempt
@login_not_required
@require_POST
@sensitive_variables()
def notify(request: HttpRequest) -> HttpResponse:
    """Store a notification from Zoho.

    Answers 200, also to one that came before; 400 to what is none, 403 to an unknown channel or a
    wrong token, 413 to too long a body.
    """
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return HttpResponse(status=413)
    try:
        posted = NotificationBody.of(body)
    except ValueError:
        return HttpResponse(status=400)
    mirrors = MirrorState.objects.filter(connection=OuterRef("connection"), module=posted.module)
    channels = Channel.objects.annotate(is_mirrored=Exists(mirrors))
    channel = channels.filter(channel_id=posted.channel_id).first()
    if channel is None or not _is_token_of(channel, posted.token):
        return HttpResponse(status=403)
    if posted.is_watched_by(channel):
        store(channel, posted, is_mirrored=channel.is_mirrored)
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
        """Parse a body. Raises ValueError for an invalid one."""
        try:
            content = json.loads(body)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(content, dict):
            raise ValueError("no object")
        # What no database stores and no comparison takes, JSON may hold: NUL, halves of characters.
        channel_id, token = str(content.get("channel_id")), str(content.get("token"))
        if not (ID.fullmatch(channel_id) and token.isascii()):
            raise ValueError("channel_id or token")
        module, operation = str(content.get("module")), str(content.get("operation"))
        ids = content.get("ids")
        if not isinstance(ids, list) or len(ids) > MAX_IDS:
            raise ValueError("ids")
        names = tuple(dict.fromkeys(str(record_id) for record_id in ids))
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
            server_time=_moment(content.get("server_time")),
        )

    def is_watched_by(self, channel: Channel) -> bool:
        """Whether the channel watches such events."""
        module = self.module.lower()
        events = [*channel.events, *channel.subscribed]
        mine = {event.rpartition(".")[0].lower() for event in events}
        return module in mine

    def digest(self, channel: Channel) -> str:
        """Return a digest that is the same for two notices of one change."""
        parts = [channel.pk, self.module, self.operation, sorted(self.ids), str(self.server_time)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def store(channel: Channel, posted: NotificationBody, *, is_mirrored: bool) -> None:
    """Store a notice unless it is a repeated one, and wake a worker after the commit."""
    now, using = timezone.now(), router.db_for_write(Notice)
    notice = Notice(
        channel=channel,
        module=posted.module,
        operation=posted.operation,
        ids=list(posted.ids),
        server_time=posted.server_time,
        digest=posted.digest(channel),
        received_at=now,
        done_at=None if is_mirrored else now,
    )
    if channel.last_notice_at is None or channel.last_notice_at < now - NOTIFIED_PRECISION:
        # Before the notice, whose foreign key has MariaDB share a lock of the channel's row: two
        # that share it and both write the row would wait for each other.
        Channel.objects.filter(pk=channel.pk).update(last_notice_at=now)
    with suppress(IntegrityError), transaction.atomic(using=using):  # which it is if it came twice
        notice.save(using=using, force_insert=True)
        if is_mirrored:
            wake(channel.connection_id, posted.module)
        transaction.on_commit(partial(send_signal, channel, posted), using=using)


def send_signal(channel: Channel, posted: NotificationBody) -> None:
    """Send `notification_received`; errors of receivers are logged, and do not reach Zoho."""
    model = mirrored_models().get(posted.module)
    if notification_received.has_listeners(model):
        notification_received.send_robust(
            sender=model,
            connection=channel.connection,
            module=posted.module,
            operation=posted.operation,
            ids=posted.ids,
            server_time=posted.server_time,
        )


@sensitive_variables()
def _is_token_of(channel: Channel, token: Secret) -> bool:
    if not channel.encrypted_token:
        return False
    return constant_time_compare(reveal(read_secret(channel, TOKEN)), reveal(token))


def _moment(value: Any) -> datetime | None:
    """Return a time given in milliseconds; None for an invalid one."""
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
