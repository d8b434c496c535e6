"""The leases of the mirror's workers, for mirrors and channels.

A transaction under a lease begins with `WorkLease.fence`, so that a worker that has lost its lease
writes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from django.db import Error as DatabaseError
from django.db import connections, models
from django.db.models import Case, Exists, OuterRef, Q, When

from ..database import reconnect
from ..leases import RowLease, is_free
from ..models import Connection
from ..moments import Moment
from .models.mirror_state import LEASE_SECONDS
from .models.organisations import UNKNOWN
from .statements import Parameter, Select, Update, Values, compiled

BEAT_SECONDS = 15.0
"""Seconds between renewals while calls, or waits for Zoho's limits, take longer."""

FREE = {"lease_owner": "", "lease_until": None}
"""The columns of a lease that nobody holds."""


class LeaseLost(Exception):
    """Another worker has the lease now, or the connection leads to another organisation.

    This worker's changes are not written.
    """


class Superseded(LeaseLost):
    """A person requested other work in the meantime; this worker's changes are not written."""


LEASED_UNTIL = Moment(LEASE_SECONDS)

KEEP_URGENT = Case(
    When(urgent_at__isnull=False, then=LEASED_UNTIL),
    default=None,
    output_field=models.DateTimeField(),
)
"""The value of `urgent_at` of a mirror whose lease a worker takes.

If the worker dies, its urgent work is urgent again when the lease expires. Work that becomes urgent
under the lease sets another time, since it may come too late for the worker.
"""

SAME_REQUESTS = Q(manual_requests=Parameter("manual_requests"))
"""The condition that people have made no other requests."""


class WorkLease(RowLease):
    """The exclusive right to work on a mirror or a channel, and to write to it.

    A lease that is bound to an organisation is lost when the row's connection belongs to another.
    """

    def __init__(self, row: models.Model, owner: str = "") -> None:
        super().__init__(row, LEASE_SECONDS, owner)
        self._organisation: str | None = None

    def bind(self, organisation: str) -> None:
        """Bind the lease to the organisation of the row and its connection."""
        self._organisation = organisation

    def take(self, **columns: Any) -> bool:
        """Take the lease if it is free, and set columns of the row; return whether it was."""
        columns.update(lease_owner=self.owner, lease_until=LEASED_UNTIL)
        return self._update("free", columns)

    def fence(self, **columns: Any) -> None:
        """Renew the lease for its full time, and set columns of the row.

        At the start of a transaction this locks the row, so that no worker can take the lease
        before the commit. Raises LeaseLost.
        """
        if not self._update("bound", {"lease_until": LEASED_UNTIL, **columns}):
            raise LeaseLost

    def note(self, manual_requests: int, **columns: Any) -> None:
        """Set columns of the row at the end of a transaction that began with `fence`.

        Raises Superseded if `manual_requests`, the number of requests by people, has changed.
        """
        columns["lease_until"] = LEASED_UNTIL
        values = {"manual_requests": manual_requests}
        if not self._update("held", columns, SAME_REQUESTS, values):
            raise Superseded

    def is_held(self) -> bool:
        """Whether this worker still has the lease."""
        return bool(_compile_select(*self._which_rows("bound")).fetch(**self._values()))

    def release(self, values: Values | None = None, **columns: Any) -> bool:
        """Set columns of the row and release the lease; False, with none set, if it is lost.

        `values` are those of parameters of the columns.
        """
        is_held = self._update("bound", {**FREE, **columns}, values=values)
        if not is_held:  # the connection belongs to another organisation now
            self._update("held", FREE)
        return is_held

    def release_if(self, unchanged: Q, values: Values, **columns: Any) -> bool:
        """Set columns and release the lease if the row meets a condition; return whether it did.

        `values` are those of the parameters of the condition.
        """
        return self._update("bound", {**FREE, **columns}, unchanged, values)

    def _update(
        self, which: str, columns: Values, condition: Q | None = None, values: Values | None = None
    ) -> bool:
        """Set columns if the lease is free, held or bound, and a condition met; return whether."""
        expressions = tuple(
            (name, value if hasattr(value, "resolve_expression") else None)
            for name, value in columns.items()
        )
        update = _compile_update(*self._which_rows(which), condition, expressions)
        new = {f"new_{name}": value for name, value in columns.items()}
        return bool(update.run(**self._values(), **new, **(values or {})))

    def _which_rows(self, which: str) -> tuple[str, type[models.Model], str]:
        if which == "bound" and self._organisation is None:
            which = "held"
        elif which == "bound" and (self._organisation or "").startswith(UNKNOWN):
            which = "bound to a grant"
        return self.using, self._model, which

    def _values(self) -> dict[str, Any]:
        organisation = self._organisation or ""
        known, _, grants = organisation.partition(UNKNOWN)
        return {
            "key": self._key,
            "owner": self.owner,
            "organisation": organisation,
            "organisation_id": known,
            "grants": grants,
        }

    @contextmanager
    def release_on_error(self) -> Iterator[None]:
        """Release the lease if the block raises, so that others need not wait until it expires."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def abandon(self, **columns: Any) -> None:
        """Set columns and release the lease after an error, if the database can be reached."""
        with suppress(DatabaseError):
            reconnect(self.using)  # what failed may be the connection
            self.release(**columns)

    @contextmanager
    def keep_renewed(self) -> Iterator[None]:
        """Renew the lease from a thread while the block runs.

        A process that dies stops renewing. Within a transaction nothing is renewed, since others
        would not see it.
        """
        if connections[self.using].in_atomic_block:
            yield
            return
        end = threading.Event()
        beat = threading.Thread(target=self._beat, args=(end,), name="zcrm-lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            end.set()

    def _beat(self, end: threading.Event) -> None:
        while not end.wait(BEAT_SECONDS):
            try:
                self.fence()
            except LeaseLost:
                return
            except DatabaseError:  # it may be back by the next beat
                continue
            finally:
                connections[self.using].close()


@compiled
def _compile_update(
    using: str,
    model: type[models.Model],
    which: str,
    condition: Q | None,
    expressions: Sequence[tuple[str, Any]],
) -> Update:
    rows = _leased_rows(using, model, which)
    columns = {
        name: expression or Parameter(f"new_{name}", cast("Any", model._meta.get_field(name)))
        for name, expression in expressions
    }
    return Update.of(rows if condition is None else rows.filter(condition), **columns)


@compiled
def _compile_select(using: str, model: type[models.Model], which: str) -> Select:
    return Select.of(_leased_rows(using, model, which).values_list("pk"))


def _leased_rows(using: str, model: type[models.Model], which: str) -> models.QuerySet[Any, Any]:
    rows = model._base_manager.using(using).filter(pk=Parameter("key"))
    if which == "free":
        return rows.filter(is_free(LEASE_SECONDS))
    rows = rows.filter(lease_owner=Parameter("owner"))
    if which == "held":
        return rows
    connection = Connection.objects.filter(
        pk=OuterRef("connection"), organisation_id=Parameter("organisation_id")
    )
    if which == "bound to a grant":  # see `models.organisations`
        connection = connection.filter(grants=Parameter("grants"))
    return rows.filter(Exists(connection), organisation_id=Parameter("organisation"))
