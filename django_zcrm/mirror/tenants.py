"""Keeps rows to the organisation of their connection.

When a connection is connected to another organisation, the rows of the former one, and the state of
its mirrors, are removed before anything is read. Until then queries leave them out (see
`MirroredRowQuerySet.for_connection`): each mirror stores the organisation of its rows.
"""

from __future__ import annotations

import logging

from django.db import models, transaction
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone

from ..exceptions import ConfigurationError
from ..models import Connection, ConnectionHistory
from .leases import LeaseLost, WorkLease
from .models import Channel, MirrorState, Notice, OutboxItem, PendingRelation
from .models.primary import rows_on_primary
from .models.state import GRANTED, UNKNOWN
from .options import mirrored_models
from .push.suppression import no_push
from .targets import MirrorTarget, target_of

logger = logging.getLogger("django_zcrm.mirror")

BATCH = 1000
"""Rows removed per transaction."""

BLOCKED = "organisation"
"""The value of `MirrorState.blocked` if rows of the former organisation cannot be removed."""

FORMER = "former"
"""Stored as the organisation of rows that are to be removed."""

KEPT = frozenset(
    {"id", "connection", "module", "organisation_id", "is_paused", "created_at", "asked"}
    | {"lease_owner", "lease_until"}
)
"""The columns of a mirror that are kept when it starts over."""


def organisation_of(connection: Connection) -> str:
    """Return the value that a mirror stores as the organisation of a connection."""
    if connection.organisation_id:
        return connection.organisation_id
    grants = ConnectionHistory.objects.filter(connection=connection.pk, change__in=GRANTED)
    last = grants.order_by("-pk").values_list("pk", flat=True).first()
    return f"{UNKNOWN}{last or 0}"


def match_organisation(state: MirrorState, lease: WorkLease) -> None:
    """Make a mirror's organisation that of its connection, removing the rows of the former one.

    `state` was read after its lease was taken. Raises LeaseLost; and ConfigurationError, with the
    lease released, if the project protects rows that are to be removed.
    """
    organisation = organisation_of(state.connection)
    if state.organisation_id == organisation:
        return
    try:
        if state.organisation_id:
            remove_rows(state, lease)
    except (ProtectedError, RestrictedError) as error:
        words = f"Rows of the former organisation cannot be removed: {error.args[0]}"
        lease.release(phase=MirrorState.Phase.BLOCKED, blocked=BLOCKED, last_error=words)
        raise ConfigurationError(words) from None
    columns = _first_columns() if state.organisation_id else {}
    lease.fence(organisation_id=organisation, **columns)
    state.refresh_from_db(using=lease.using, fields=["organisation_id", *columns])


def remove_rows(state: MirrorState, lease: WorkLease) -> None:
    """Remove a mirror's rows, notices and outbox items, in batches, under its lease.

    Raises ProtectedError and RestrictedError for rows that the project protects, and LeaseLost.
    """
    target = target_of(state.module)
    mirror = {"connection": state.connection_id, "module": state.module}
    waiting = PendingRelation.objects.filter(connection=state.connection_id)
    for rows in (
        OutboxItem.objects.filter(**mirror),
        Notice.objects.filter(channel__connection=state.connection_id, module=state.module),
        waiting.filter(models.Q(module=state.module) | models.Q(model=target.model._meta.label)),
        _rows_of(target, state.connection),
    ):
        while _remove_some(rows, lease):
            pass


def _rows_of(target: MirrorTarget, connection: Connection) -> models.QuerySet[models.Model]:
    return target.rows(connection)


def _remove_some(rows: models.QuerySet[models.Model], lease: WorkLease) -> bool:
    with transaction.atomic(using=lease.using), no_push():
        lease.fence()
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if keys:
            rows.filter(pk__in=keys).delete()
    return bool(keys)


def _first_columns() -> dict[str, object]:
    new = MirrorState()
    names = [field.name for field in MirrorState._meta.concrete_fields if field.name not in KEPT]
    return {name: getattr(new, name) for name in names}


def note_unread(connection_id: int) -> None:
    """Mark rows and changes that no mirror has read yet as the former organisation's.

    Called in the transaction that stores a grant. Rows of mirrors are not touched, since their
    workers may hold locks on them, and wait for the connection's.
    """
    mirrors = MirrorState.objects.filter(connection=connection_id)
    mirrors.filter(organisation_id="").update(organisation_id=FORMER)
    waiting = OutboxItem.objects.filter(connection=connection_id).order_by()
    modules = set(waiting.values_list("module", flat=True).distinct())
    for module, model in mirrored_models().items():
        if rows_on_primary(model).filter(connection=connection_id).exists():
            modules.add(module)
    missing = modules.difference(mirrors.values_list("module", flat=True))
    MirrorState.objects.bulk_create(
        MirrorState(connection_id=connection_id, module=module, organisation_id=FORMER)
        for module in sorted(missing)
    )


def reset_moved(connection: Connection | None = None) -> int:
    """Start mirrors over whose connection leads to another organisation; return how many.

    Those that a worker has leased follow when they are due next.
    """
    rows = MirrorState.objects.moved()
    if connection is not None:
        rows = rows.filter(connection=connection)
    done = 0
    for state in rows.free().select_related("connection"):
        lease = WorkLease(state)
        try:
            with lease.released_on_error():
                if not lease.take():
                    continue
                state.refresh_from_db(using=lease.using)
                match_organisation(state, lease)
                done += lease.release(due=timezone.now())
        except LeaseLost:
            logger.warning("another worker took over %s", state)
        except ConfigurationError as error:
            logger.error("%s: %s", state, error)
    return done


def forget(connection: Connection) -> None:
    """Remove a connection's rows and outbox items; they are hidden at once.

    If the connection is usable, the first reading starts over.
    """
    note_unread(connection.pk)
    MirrorState.objects.filter(connection=connection).update(organisation_id=FORMER)
    forget_channel(connection)
    reset_moved(connection)


def forget_channel(connection: Connection) -> None:
    """Remove the channel of a connection and its notices; at Zoho it expires."""
    Channel.objects.filter(connection=connection).delete()


def wake(connection: Connection) -> None:
    """Make the mirrors of a connection that works again due at once, and its channel, too."""
    now = timezone.now()
    MirrorState.objects.filter(connection=connection).update(due=now, failures=0)
    Channel.objects.filter(connection=connection).update(renew_at=now, failures=0)
