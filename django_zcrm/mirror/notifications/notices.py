"""What notices lead to: the records that they name are read again, each once."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ..apply import Applied
from ..models import Notice
from ..pull.by_id import reread
from ..pull.deletions import sync_deletions
from ..work import Work

AT_ONCE = 1_000
"""Notices of one turn; what is left makes the mirror due again."""

DELETE = "delete"

KEPT = timedelta(days=1)
"""How long a notice is kept that is done: as long as it may come a second time."""


def read_notices(work: Work) -> Applied:
    """Read the records that notices name, and mark the notices as done.

    Whatever they say of a record, it is what Zoho gives now that counts; after a deletion it is the
    list of those. During the first reading they are of no use: changes are read from its beginning
    on. Raises what calls raise, and LeaseLost.
    """
    mine = Notice.objects.filter(channel__connection=work.connection, module=work.state.module)
    notices = list(mine.filter(done_at=None).order_by("pk")[:AT_ONCE])
    applied = Applied()
    if not notices:
        return applied
    if work.state.synced_until is not None:
        changed = [notice for notice in notices if notice.operation != DELETE]
        applied.add(reread(work, dict.fromkeys(one for notice in changed for one in notice.ids)))
        if len(changed) < len(notices):
            applied.add(sync_deletions(work))
    now = timezone.now()
    with work.commit():
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(done_at=now)
        mine.filter(done_at__lt=now - KEPT).delete()
    if len(notices) == AT_ONCE:
        applied.again = 0.0
    return applied
