"""Processes notices: reads the records that they name again, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone

from ..apply import Applied
from ..models import MirrorState, Notice, RecordState
from ..pull.reading import BATCH, read_by_ids, verify
from ..pull.storing import commit
from ..work import Work

MAX_NOTICES = 1_000
"""Notices that are read in one run; if more are left, the mirror is due again at once."""

DELETE = "delete"

KEPT = timedelta(days=1)
"""How long a processed notice is kept, to recognise one that Zoho sends again."""


def read_notices(work: Work) -> Applied:
    """Read the records that notices name, and mark the notices as done.

    Only the record's present state in Zoho counts, not the notice: a deleted one may have been
    restored. Notices that polling has covered are skipped, and so are all during the first reading,
    whose time polling will cover. Raises the errors of calls, and LeaseLost.
    """
    mine = Notice.objects.filter(channel__connection=work.connection, module=work.state.module)
    notices = list(mine.filter(done_at=None).order_by("pk")[:MAX_NOTICES])
    applied = Applied()
    if not notices:
        return applied
    if work.state.synced_until is not None:
        news = [notice for notice in notices if not _is_covered(work.state, notice)]
        gone = _ids(notice for notice in news if notice.operation == DELETE)
        applied.add(_reread(work, [record_id for record_id in _ids(news) if record_id not in gone]))
        applied.add(verify(work, list(gone), RecordState.DELETED))
    now = timezone.now()
    with work.commit():
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(done_at=now)
        mine.filter(done_at__lt=now - KEPT).delete()
    if len(notices) == MAX_NOTICES:
        applied.again = 0.0
    return applied


def _is_covered(state: MirrorState, notice: Notice) -> bool:
    """Whether polling for changes, or deletions, has covered a notice, by Zoho's clock."""
    until = state.deleted_until if notice.operation == DELETE else state.synced_until
    moment = notice.server_time
    return until is not None and moment is not None and moment <= until


def _ids(notices: Iterable[Notice]) -> dict[str, None]:
    """Return the distinct ids that notices name, in their order."""
    return dict.fromkeys(record_id for notice in notices for record_id in notice.ids)


def _reread(work: Work, ids: Sequence[str]) -> Applied:
    """Write records as they are now in Zoho; rows of those that it does not show are left alone."""
    applied = Applied()
    for start in range(0, len(ids), BATCH):
        rows = read_by_ids(work, ids[start : start + BATCH])
        applied.add(commit(work, rows))
    return applied
