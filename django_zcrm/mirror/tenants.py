"""Rows belong to a connection, and are of the organisation that it leads to.

When it is connected to another organisation, the former one's rows, and all that the mirror knows
of it, are removed before anything is read. Until that is done queries do not give them (see
`MirroredRowQuerySet.for_connection`): each mirror notes whose records its rows are.
"""

from __future__ import annotations

import logging

from django.db import models, transaction
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone

from ..exceptions import ConfigurationError
from ..models import Connection, ConnectionHistory
from .leases import Lease, LeaseLost
from .models import Channel, MirrorState, Notice, OutboxItem, PendingRelation
from .models.primary import rows_on_primary
from .models.state import GRANTED, UNKNOWN
from .options import mirrored_models
from .push.suppression import no_push
from .targets import Target, target_of

logger = logging.getLogger("django_zcrm.mirror")

BATCH = 1000
"""Rows that are removed at once."""

BLOCKED = "organisation"
"""Stands in `MirrorState.blocked` when the rows of the former organisation cannot be removed."""

FORMER = "former"
"""Noted as the organisation of rows that are to go."""

KEPT = frozenset(
    {"id", "connection", "module", "organisation_id", "is_paused", "created_at", "asked"}
    | {"lease_owner", "lease_until"}
)
"""What a mirror keeps when it begins anew."""


def organisation_of(connection: Connection) -> str:
    """Return what a mirror notes as the organisation of a connection."""
    if connection.organisation_id:
        return connection.organisation_id
    grants = ConnectionHistory.objects.filter(connection=connection.pk, change__in=GRANTED)
    last = grants.order_by("-pk").values_list("pk", flat=True).first()
    return f"{UNKNOWN}{last or 0}"


def match_organisation(state: MirrorState, lease: Lease) -> None:
    """Make a mirror one of its connection's organisation.

    `state` was read after its lease was taken. Raises LeaseLost; and ConfigurationError, with the
    lease given back, if the project protects rows that would have to go.
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


def remove_rows(state: MirrorState, lease: Lease) -> None:
    """Remove what was read for a mirror and what was to be sent, in batches, under its lease.

    Raises ProtectedError and RestrictedError for what the project protects, and LeaseLost.
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


def _rows_of(target: Target, connection: Connection) -> models.QuerySet[models.Model]:
    return target.rows(connection)


def _remove_some(rows: models.QuerySet[models.Model], lease: Lease) -> bool:
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
    """Note whose the rows and changes are that were made here, and that no mirror has read yet.

    For the transaction that stores a grant. Rows of mirrors that are at work are not touched: their
    workers may hold them, and wait for the connection.
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
    """Begin anew the mirrors whose connection leads to another organisation; return how many.

    Those that a worker is at are done when they are due next.
    """
    rows = MirrorState.objects.moved()
    if connection is not None:
        rows = rows.filter(connection=connection)
    done = 0
    for state in rows.free().select_related("connection"):
        lease = Lease(state)
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
    """Remove all that was read by a connection, and what was to be sent; hide it until then.

    If the connection can be used, the first reading begins again.
    """
    note_unread(connection.pk)
    MirrorState.objects.filter(connection=connection).update(organisation_id=FORMER)
    forget_channel(connection)
    reset_moved(connection)


def forget_channel(connection: Connection) -> None:
    """Remove the channel of a connection, and with it what it notified. Zoho's runs out."""
    Channel.objects.filter(connection=connection).delete()


def wake(connection: Connection) -> None:
    """Have the mirrors of a connection that works again go on at once, and its channel renewed."""
    now = timezone.now()
    MirrorState.objects.filter(connection=connection).update(due=now, failures=0)
    Channel.objects.filter(connection=connection).update(renew_at=now, failures=0)
