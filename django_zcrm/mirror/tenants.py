"""Keeps rows to the organisation of their connection.

Rows, changes, relations and channels store the organisation of their connection at the time of
their creation. When the connection is connected to another organisation, those of the former one,
and the state of the mirrors, are removed before the next sync. Until then queries omit them (see
`MirroredRowQuerySet.for_connection`), and workers do not touch them, because their leases and
queries are bound to one organisation.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import IntegrityError, models, router, transaction
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone

from ..exceptions import ConfigurationError
from ..models import Connection
from ..reasons import reason
from .leases import LeaseLost, WorkLease
from .models import (
    Channel,
    MirrorState,
    ModuleMetadata,
    Notice,
    OutboxItem,
    PendingRelation,
    UnstoredRecord,
)
from .models.mirror_state import FORGOTTEN, FORMER
from .models.organisations import lock_organisation, organisation_of
from .models.primary import rows_on_primary
from .options import mirrored_models
from .outbox.suppression import no_push
from .statements import Parameter, Select, compiled
from .targets import target_of

logger = logging.getLogger("django_zcrm.mirror")

BATCH = 1000
"""Rows removed per transaction."""

KEPT = frozenset(
    {"id", "connection", "module", "organisation_id", "is_paused", "created_at", "manual_requests"}
    | {"lease_owner", "lease_until"}
)
"""The columns of a mirror that are kept when it starts over."""


class ProtectedRows(ConfigurationError):
    """The project or the database protects rows of the former organisation.

    `block` is the value of `MirrorState.blocked` of a mirror that this error blocks.
    """

    block = "organisation"


def match_organisation(state: MirrorState, lease: WorkLease) -> None:
    """Make a mirror's organisation that of its connection, removing the rows of the former one.

    `state` was read after its lease was taken, which is bound to the organisation afterwards.
    Raises LeaseLost; and ProtectedRows, with the lease released, if the project or the database
    protects rows that are to be removed.
    """
    organisation = organisation_of(state.connection)
    if state.organisation_id == organisation:
        lease.bind(organisation)
        return
    try:
        if state.organisation_id:
            if state.organisation_id not in (FORMER, FORGOTTEN):
                # From here on the mirror starts over, even if its connection moves back.
                lease.fence(organisation_id=FORMER)
                state.organisation_id = FORMER
            remove_rows(state, lease)
    except IntegrityError as error:
        is_of_project = isinstance(error, ProtectedError | RestrictedError)
        # Messages of the database quote values.
        cause = str(error.args[0]) if is_of_project else type(error).__name__
        why = reason("protected_rows", error=cause)
        blocked = MirrorState.Phase.BLOCKED
        lease.release(phase=blocked, blocked=ProtectedRows.block, last_error=why)
        raise ProtectedRows(why) from None
    columns = _initial_columns() if state.organisation_id else {}
    rows = target_of(state.module).all_rows(state.connection_id)
    if columns and rows.exclude(zoho_id=None).exists():
        # The connection was here before. Records may have been deleted since.
        del columns["deleted_until"], columns["reconciled_at"]
    lease.fence(organisation_id=organisation, **columns)
    lease.bind(organisation)
    state.refresh_from_db(using=lease.using, fields=["organisation_id", *columns])


def remove_rows(state: MirrorState, lease: WorkLease) -> None:
    """Remove rows, changes and relations of a mirror that are not its connection's organisation's.

    In batches, under its lease. Of a forgotten mirror all are removed, and its notices. Raises
    IntegrityError for rows that the project or the database protects, and LeaseLost, also if the
    connection is connected to yet another organisation in the meantime.
    """
    target, connection = target_of(state.module), state.connection_id
    relations = PendingRelation.objects.filter(connection=connection)
    own = models.Q(module=state.module) | models.Q(model=target.model._meta.label)
    organisation = None if state.organisation_id == FORGOTTEN else organisation_of(state.connection)
    for rows, column in (
        (OutboxItem.objects.filter(connection=connection, module=state.module), "organisation_id"),
        (relations.filter(own), "organisation_id"),
        (
            Notice.objects.filter(channel__connection=connection, module=state.module),
            "channel__organisation_id",
        ),
        (target.all_rows(connection), "zoho_organisation"),
    ):
        former = rows if organisation is None else rows.exclude(**{column: organisation})
        while _remove_some(former, lease, state.connection_id, organisation):
            pass


def _remove_some(
    rows: models.QuerySet[models.Model],
    lease: WorkLease,
    connection_id: int,
    organisation: str | None,
) -> bool:
    with transaction.atomic(using=lease.using), no_push():
        lease.fence()
        if (
            organisation is not None
            and lock_organisation(connection_id, lease.using) != organisation
        ):
            raise LeaseLost
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if keys:
            rows.filter(pk__in=keys).delete()
    return bool(keys)


def _initial_columns() -> dict[str, object]:
    new = MirrorState()
    names = [field.name for field in MirrorState._meta.concrete_fields if field.name not in KEPT]
    return {name: getattr(new, name) for name in names}


def note_unread(connection_id: int, organisation: str = "") -> None:
    """Mark rows and changes that no mirror has read yet as the former organisation's.

    Called in the transaction that stores a grant; `organisation` is that of the grant. Mirrors that
    have it already missed the former one, of which there may be rows and changes. Other mirrors are
    not touched, since their workers may hold locks on them, and wait for the connection's.
    """
    mirrors = MirrorState.objects.filter(connection=connection_id)
    mirrors.filter(organisation_id__in={"", organisation}).update(organisation_id=FORMER)
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
    """Reset mirrors whose connection belongs to another organisation; return their number.

    A mirror that a worker has leased, or that cannot be reset, is reset when it is due next.
    """
    select = _select_moved(router.db_for_write(MirrorState), connection is not None)
    count = 0
    for state in select.fetch(connection=connection and connection.pk):
        lease = WorkLease(state)
        try:
            with lease.release_on_error():
                if not lease.take():
                    continue
                states = MirrorState.objects.select_related("connection__owner")
                state.refresh_from_db(using=lease.using, from_queryset=states)
                match_organisation(state, lease)
                count += lease.release(due=timezone.now())
        except LeaseLost:
            lease.release()
            logger.warning("%s was taken over, or belongs to another organisation now", state)
        except ConfigurationError as error:
            logger.error("%s: %s", state, error)
        except Exception:  # of a receiver of the project, for example
            logger.exception("the mirror %s could not be reset", state)
    return count


@compiled
def _select_moved(using: str, is_one: bool) -> Select:
    rows = MirrorState.objects.using(using).moved().free().select_related("connection__owner")
    return Select.of(rows.filter(connection=Parameter("connection")) if is_one else rows)


def forget(connection: Connection) -> None:
    """Remove a connection's rows, outbox items and notices; the rows are hidden at once.

    If the connection is usable, the initial sync starts again, and the channel stays open.
    """
    note_unread(connection.pk)
    MirrorState.objects.filter(connection=connection).update(organisation_id=FORGOTTEN)
    Notice.objects.filter(channel__connection=connection).delete()
    reset_moved(connection)


def forget_mirror(state: MirrorState, *, with_rows: bool = False) -> bool:
    """Remove a mirror: its state, outbox items, notices and relations; return whether it was free.

    With `with_rows`, also its rows, which Zoho keeps. A module that is still mirrored by a model
    gets another state, and with it another initial sync. Raises ConfigurationError for rows that
    the project protects, with the mirror and its outbox kept.
    """
    lease = WorkLease(state)
    try:
        with lease.release_on_error():
            if not lease.take():
                return False
            for rows in _parts(state, with_rows=with_rows):
                while _remove_some(rows, lease, state.connection_id, None):
                    pass
            state.delete()
    except (ProtectedError, RestrictedError) as error:
        raise ConfigurationError(reason("needed_rows", error=str(error.args[0]))) from None
    except LeaseLost:
        return False
    # Its channel need not watch the module any more.
    Channel.objects.filter(connection=state.connection_id).update(renew_at=timezone.now())
    return True


def _parts(state: MirrorState, *, with_rows: bool) -> list[models.QuerySet[Any]]:
    """Return what belongs to a mirror besides its state; rows first, as they may be protected."""
    target, connection = target_of(state.module), state.connection_id
    own = models.Q(module=state.module) | models.Q(model=target.model._meta.label)
    parts: list[models.QuerySet[Any]] = [
        OutboxItem.objects.filter(connection=connection, module=state.module),
        PendingRelation.objects.filter(own, connection=connection),
        Notice.objects.filter(channel__connection=connection, module=state.module),
        UnstoredRecord.objects.filter(mirror=state),
    ]
    return [target.all_rows(connection), *parts] if with_rows else parts


def wake_mirrors_of(connection: Connection) -> None:
    """Make the mirrors and the channel of a connection that works again due at once."""
    now = timezone.now()
    mirrors = MirrorState.objects.filter(connection=connection)
    mirrors.update(due=now, urgent_at=now, held_until=None, holds=0, failures=0)
    # Another user may see other fields.
    ModuleMetadata.objects.filter(mirror__in=mirrors).update(read_at=None)
    # A permission that was missing may be granted now, also for events.
    waiting = OutboxItem.objects.filter(connection=connection, state=OutboxItem.State.NEW)
    waiting.update(due=now)
    Channel.objects.filter(connection=connection).update(renew_at=now, failures=0, refused={})
