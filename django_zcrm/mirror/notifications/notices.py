"""Processes notices: fetches each of the records that they name once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import router
from django.db.models import Count, QuerySet
from django.utils import timezone

from ..apply import SyncResult
from ..leased_mirror import LeasedMirror
from ..models import MirrorState, Notice, RecordState
from ..models.organisations import organisation_of
from ..pull.reading import BATCH, fetch_by_ids, verify
from ..pull.storing import commit
from ..statements import Select, compiled

MAX_NOTICES = 1_000
"""Notices that are processed in one poll; if more are left, the mirror is due again at once."""

DELETE = "delete"

MAX_AGE = timedelta(days=1)
"""How long notices are kept. A processed one is kept to recognise repetitions; any other one is
covered by a poll by then, or by the next poll of its mirror.
"""

MAX_STORED = 10_000
"""Notices of one module of a channel that are kept."""

DELETED = 1_000
"""Notices that one query deletes."""


def read_notices(mirror: LeasedMirror) -> SyncResult:
    """Read the records that notices name, and mark the notices as done.

    Only the record's current state in Zoho counts, because a deleted record may have been restored.
    Skips notices that polls have covered, and all notices during the initial sync, because the next
    poll covers that time. When the worker is out of time, the rest is left to another poll, which
    is due at once. Raises the errors of calls, and LeaseLost.
    """
    applied = SyncResult()
    if not mirror.has_notices:
        return applied
    unread = Notice.objects.filter(
        channel__connection=mirror.connection,
        channel__organisation_id=organisation_of(mirror.connection),
        module=mirror.state.module,
        done_at=None,
    )
    notices = list(unread.order_by("pk")[:MAX_NOTICES])
    if len(notices) == MAX_NOTICES:
        applied.again = 0.0
    while notices:
        size = _size_of_group(notices)
        applied.add(_process(mirror, notices[:size]))
        del notices[:size]
        if notices and mirror.is_out_of_time:
            applied.again = 0.0
            break
    return applied


def _size_of_group(notices: Sequence[Notice]) -> int:
    """Return how many notices to process together: the first ones that name up to BATCH records."""
    ids: set[str] = set()
    for number, notice in enumerate(notices):
        ids.update(notice.ids)
        if number and len(ids) > BATCH:
            return number
    return len(notices)


def _process(mirror: LeasedMirror, notices: Sequence[Notice]) -> SyncResult:
    """Read the records that some notices name, and mark these notices as done."""
    applied = SyncResult()
    if mirror.state.synced_until is not None:
        news = [notice for notice in notices if not _is_covered(mirror.state, notice)]
        deleted_ids = _ids(notice for notice in news if notice.operation == DELETE)
        applied.add(
            _reread(mirror, [record_id for record_id in _ids(news) if record_id not in deleted_ids])
        )
        applied.add(verify(mirror, list(deleted_ids), RecordState.DELETED))
        if deleted_ids:  # Zoho's list may have further deletions, of which no notice came
            mirror.note(deletions_due=timezone.now())
    now = timezone.now()
    with mirror.commit():
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(done_at=now)
    return applied


def limit_notices() -> int:
    """Delete notices of a module of a channel that are too many, oldest first; return how many."""
    deleted = 0
    for channel_id, module, _count in _select_many(router.db_for_write(Notice), MAX_STORED).fetch():
        stored = Notice.objects.filter(channel_id=channel_id, module=module)
        keys = stored.order_by("-pk").values_list("pk", flat=True)
        last = keys[MAX_STORED : MAX_STORED + 1].first()
        deleted += _delete(stored.filter(pk__lte=last)) if last is not None else 0
    return deleted


@compiled
def _select_many(using: str, maximum: int) -> Select:
    groups = Notice.objects.using(using).order_by().values_list("channel_id", "module")
    return Select.of(groups.annotate(count=Count("pk")).filter(count__gt=maximum))


def _delete(notices: QuerySet[Notice]) -> int:
    """Delete notices in small batches, so that no notification waits for many locked rows."""
    deleted = 0
    while keys := list(notices.order_by("pk").values_list("pk", flat=True)[:DELETED]):
        deleted += Notice.objects.filter(pk__in=keys).delete()[0]
    return deleted


def _is_covered(state: MirrorState, notice: Notice) -> bool:
    """Whether polling for changes, or deletions, has covered a notice, by Zoho's clock."""
    until = state.deleted_until if notice.operation == DELETE else state.synced_until
    moment = notice.server_time
    return until is not None and moment is not None and moment <= until


def _ids(notices: Iterable[Notice]) -> dict[str, None]:
    """Return the distinct ids that notices name, in their order."""
    return dict.fromkeys(record_id for notice in notices for record_id in notice.ids)


def _reread(mirror: LeasedMirror, ids: Sequence[str]) -> SyncResult:
    """Fetch records and write their rows; rows of records that Zoho does not return stay."""
    applied = SyncResult()
    for start in range(0, len(ids), BATCH):
        rows = fetch_by_ids(mirror, ids[start : start + BATCH])
        applied.add(commit(mirror, rows))
    return applied
