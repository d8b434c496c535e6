"""Sending what a module's outbox holds, as a worker does."""

from __future__ import annotations

from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.push.drain import drain
from django_zcrm.mirror.push.outcomes import Drained
from django_zcrm.mirror.work import taken
from django_zcrm.models import Connection


def drained(connection: Connection, module: str = "Leads") -> Drained:
    """Send what is due, under the lease of the mirror. Raises what `drain` raises."""
    state, _ = MirrorState.objects.get_or_create(connection=connection, module=module)
    work = taken(state)
    assert work is not None
    try:
        return drain(work)
    finally:
        work.lease.release()
