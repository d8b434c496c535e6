"""The health of the mirror in plain words, for the page and for the script that polls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_zcrm.mirror import Mirror, MirrorStatus
from django_zcrm.mirror.models import MirrorState, OutboxItem

from .models import Lead

ALONE = timedelta(seconds=15)
"""Work that is due for so long has no worker: `zcrm_sync --watch` polls each second."""

INITIAL_SYNC, BLOCKED = MirrorState.Phase.INITIAL_SYNC, MirrorState.Phase.BLOCKED


def condition_of(mirror: Mirror) -> dict[str, Any]:
    """Return words for the mirror's state and what waits, and the progress of the initial sync.

    `good` is whether all is well, `reason` the error of Zoho or the network, and `mark`
    changes with what the list shows.
    """
    status = mirror.status(with_rows=False)  # counting takes longer the more rows there are
    words, good = _state(mirror, status)
    return {
        "mark": _mark(mirror, status),
        "words": words,
        "good": good,
        "reason": status.last_error if status.failures or status.blocked else "",
        "waiting": _waiting(status),
        "percent": None if status.progress is None else round(100 * status.progress),
        "is_reading": status.phase == INITIAL_SYNC and not status.is_paused,
        "is_paused": status.is_paused,
        "status": status.as_dict(),
    }


def _state(mirror: Mirror, status: MirrorStatus) -> tuple[str, bool]:
    now = timezone.now()
    if status.is_paused:
        return _("Paused: nothing is read from Zoho or sent there."), False
    if not mirror.connection.is_usable:
        return _("Your Zoho account has to be connected again; until then the list rests."), False
    if status.phase == BLOCKED:
        return _("Zoho refuses: a problem needs to be fixed."), False
    if status.failures:
        return _("Zoho does not answer. You can go on working here: nothing is lost."), False
    if not status.worked_on and status.due < now - ALONE:
        return _("Nobody is at work: start manage.py zcrm_sync --watch."), False
    if status.phase == INITIAL_SYNC:
        count = Lead.objects.for_connection(mirror.connection).count()
        words = ngettext(
            "The initial sync is running: %(count)d lead is here.",
            "The initial sync is running: %(count)d leads are here.",
            count,
        )
        return words % {"count": count}, True
    if status.outbox or status.failed_items:
        return _("Zoho's changes have come in."), True  # _waiting() is about those to Zoho
    if status.last_run_at is None or now - status.last_run_at < timedelta(minutes=1):
        return _("In step with Zoho."), True
    ago = timesince(status.last_run_at, now, depth=1)
    return _("In step with Zoho, which was asked %(time)s ago.") % {"time": ago}, True


def _mark(mirror: Mirror, status: MirrorStatus) -> str:
    rows = Lead.objects.for_connection(mirror.connection)
    items = OutboxItem.objects.filter(connection=mirror.connection, module=mirror.module)
    last = rows.aggregate(last=Max("synced_at"))["last"], items.aggregate(last=Max("pk"))["last"]
    counts = status.outbox, status.failed_items, status.conflicts, status.failures > 0
    return " ".join(map(str, (*last, *counts)))


def _waiting(status: MirrorStatus) -> str:
    parts = []
    if status.outbox:
        words = ngettext(
            "%(count)d change waits to be sent.",
            "%(count)d changes wait to be sent.",
            status.outbox,
        )
        parts.append(words % {"count": status.outbox})
    if status.failed_items:
        words = ngettext(
            "Zoho refused %(count)d change.",
            "Zoho refused %(count)d changes.",
            status.failed_items,
        )
        parts.append(words % {"count": status.failed_items})
    return " ".join(parts)
