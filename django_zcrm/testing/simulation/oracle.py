"""An independent model of what a mirror promises: what must hold, and when.

The oracle knows every write to the emulator's tables, the acknowledged writes of the site's users,
and the site's rows. It knows nothing of cursors and leases, and of the outbox only the states of
its items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import router
from django.db.models import F

from django_zcrm.mirror.models import Channel, MirrorState, Notice, OutboxItem
from django_zcrm.mirror.models.notifications import modules_of
from django_zcrm.mirror.statements import Parameter, Select, compiled

from .ending import EndOfModule, shows_loss
from .entries import KEPT, SITE, ZOHO, Key, LedgerRecord, Violation, Write
from .history import FAR_AHEAD
from .ledger import Ledger
from .values import ORGANISATION, Column, Shape


def find_unfinished() -> str:
    """Return what is still to be sent or read, if anything.

    Changes may wait for a failed one, also by way of others that wait.
    """
    using = router.db_for_write(OutboxItem)
    items = _select_unfinished(using).fetch()
    failed = [item for item in items if item.state == OutboxItem.State.FAILED]
    stuck = {f"{item.module} {item.object_id}" for item in failed}
    items = [item for item in items if item not in failed]
    while waiting := [item for item in items if item.waits_for in stuck]:
        stuck |= {f"{item.module} {item.object_id}" for item in waiting}
        items = [item for item in items if item not in waiting]
    for item in items:
        return f"{item} is {item.state}: {item.error}"
    return "a notice was not read" if _select_unread(using).fetch() else ""


@compiled
def _select_unfinished(using: str) -> Select:
    states = (*OutboxItem.OPEN, OutboxItem.State.FAILED)
    return Select.of(OutboxItem.objects.using(using).filter(state__in=states).order_by("pk"))


@compiled
def _select_unread(using: str) -> Select:
    return Select.of(Notice.objects.using(using).filter(done_at=None).values_list("pk")[:1])


@compiled
def _select_notices(using: str) -> Select:
    columns = ("channel__connection", "module", "ids", "done_at")
    return Select.of(Notice.objects.using(using).values_list(*columns))


@compiled
def _select_items(using: str) -> Select:
    of = {"module": Parameter("module"), "object_id": Parameter("object_id")}
    return Select.of(OutboxItem.objects.using(using).filter(**of).order_by("pk"))


def _fetch_notices() -> dict[tuple[int, str, str], list[Any]]:
    """Return when the stored notices were done, by connection, module and record."""
    stored: dict[tuple[int, str, str], list[Any]] = defaultdict(list)
    for connection, module, ids, at in _select_notices(router.db_for_write(Notice)).fetch():
        for record_id in ids:
            stored[connection, module, record_id].append(at)
    return stored


def _is_subscribed(connection: int, module: str) -> bool:
    """Whether the site knows that its channel is subscribed to a module."""
    channels = Channel.objects.filter(connection=connection).values_list("events", "subscribed")
    return any(module in modules_of([*events, *more]) for events, more in channels)


def fetch_synced(module: str) -> list[int]:
    """Return the connections whose mirror of a module has ended its initial sync."""
    select = _select_synced(router.db_for_write(MirrorState))
    return [connection for (connection,) in select.fetch(module=module)]


def _values_of_zoho(both: Mapping[str, Any]) -> list[Any]:
    return [both.get("zoho"), *both.get("earlier", ())]


@compiled
def _select_synced(using: str) -> Select:
    states = MirrorState.objects.using(using).filter(module=Parameter("module"))
    return Select.of(states.exclude(synced_until=None).values_list("connection"))


@compiled
def _select_strays(using: str, model: type[Any], name: str) -> Select:
    """Select the rows with a foreign key to a row of another connection."""
    rows = model._base_manager.using(using).exclude(**{f"{name}__connection": None})
    strays = rows.exclude(**{f"{name}__connection": F("connection")})
    return Select.of(strays.values_list("pk")[:1])


@compiled
def _select_former(using: str, model: type[Any]) -> Select:
    """Select the rows of an organisation to which their connection led before."""
    rows = model._base_manager.using(using).exclude(zoho_organisation=F(ORGANISATION))
    return Select.of(rows.values_list("pk")[:1])


class Oracle(Ledger):
    """Checks one history. `check_rows` holds at any time, `check_end` after a quiet period."""

    def check_rows(self) -> None:
        """Check what holds at any time. Raises Violation."""
        if self._unsaved:
            raise Violation("only saved values are sent", self._unsaved[0])
        if self._undeleted:
            raise Violation("only deleted rows are deleted", self._undeleted[0])
        if self.errors:
            raise self.errors[0]
        for shape in self.shapes.values():
            for pk, zoho_id, connection, state, *values in shape.fetch_values():
                self._check_unsent(shape, pk, zoho_id, values)
                if zoho_id is None:
                    continue
                record = self.records.get(zoho_id)
                if record is None:
                    raise Violation("known records", f"{shape.module} {zoho_id} is no record")
                if record.org != self.org_of[connection]:
                    raise Violation("tenants", f"{zoho_id} is a row of connection {connection}")
                self._check_state(record, state)
                for column, value in zip(shape.unique, values, strict=True):
                    self._check_order(record, column, value, pk)
            if len(self.org_of) > 1:
                self._check_lookups(shape)
        self._check_notices()

    def _check_state(self, record: LedgerRecord, state: str) -> None:
        """Check that a row is shown as deleted, or as live, for a reason."""
        if state == "deleted" and not record.ends:
            raise Violation("deletions", f"{record.module} {record.id} was never deleted")
        deleted = self._deleted.get(record.id)
        if state != "live" or deleted is None:
            return
        excused = max(self.hidden.get(record.id, 0), self.discarded.get(record.id, 0))
        if excused > deleted:
            return
        if record.states[-1].moment > deleted or self.is_taken_over(record):
            return  # changed or restored in Zoho since
        if self.is_kept_by_creator(record):
            return  # a poll had created the deleted row before the record was recognised
        items = OutboxItem.objects.filter(zoho_id=record.id, operation="delete")
        if not any(item.conflict or item.state == "failed" for item in items):
            raise Violation("deletions", f"{record.module} {record.id} was deleted, and is back")

    def _check_unsent(
        self, shape: Shape, pk: int, zoho_id: str | None, values: Sequence[Any]
    ) -> None:
        """Check that a row shows what its users saved until that is sent, or its loss is shown."""
        row, record = self.rows.get((shape.module, pk)), self.records.get(zoho_id or "")
        if row is None or (shape.module, pk) in self.retried:
            return  # a change that is sent again, of which the row may show Zoho's value
        for column, value in zip(shape.unique, values, strict=True):
            last = row.last_write(column.attribute) if column.is_pushed else None
            if last is None or not last.is_certain or last.value == value:
                continue
            if record is not None and self._has_reached(record, column, last):
                continue
            if not self._is_loss_shown(shape, pk, column, last):
                raise Violation(
                    "shown until sent",
                    f"{shape.module} row {pk} shows {column.attribute}={value!r}, not "
                    f"{last.value!r}",
                )

    def _has_reached(self, record: LedgerRecord, column: Column, write: Write) -> bool:
        """Whether a value reached Zoho, which may have ignored it, or deleted the record since."""
        name = column.attribute
        is_excused = (record.id, name) in self.ignored or record.was_deleted_since(write.moment)
        return is_excused or any(state.values[name] == write.value for state in record.states)

    def _is_loss_shown(self, shape: Shape, pk: int, column: Column, write: Write) -> bool:
        """Whether a change shows a value of the site that lost a conflict, or failed."""
        items = _select_items(router.db_for_write(OutboxItem))
        return self.discarded.get((shape.module, pk), 0) > write.moment or any(
            shows_loss(item, column, write.value)
            for item in items.fetch(module=shape.module, object_id=str(pk))
        )

    def _check_lookups(self, shape: Shape) -> None:
        """Check that foreign keys lead to rows of the same connection."""
        for column in shape.columns:
            if column.to is None:
                continue
            name = column.attribute.removesuffix("_id")
            if _select_strays(shape.using, shape.model, name).fetch():
                raise Violation("tenants", f"{shape.module}.{name} leads to another connection")

    def note_notice(self, connection: int, body: dict[str, Any], *, is_synced: bool) -> None:
        """Note that the site took a notice; it must have stored one that it subscribed to.

        What is announced during an initial sync is left to the first poll after that.
        """
        stored = _fetch_notices()
        posted_at = body["server_time"] / 1000 + 0.001  # whole milliseconds
        for record_id in body.get("ids") or ():
            record = self.records.get(str(record_id))
            if record is None:
                continue
            is_stored = (connection, record.module, record.id) in stored
            if not is_stored and _is_subscribed(connection, record.module):
                self.errors.append(Violation("notices", f"that of {record.id} is not stored"))
            count = sum(state.time <= posted_at for state in record.states)
            is_deletion = body["operation"] == "delete"
            deletion = is_deletion * sum(time <= posted_at for _, time in record.ends)
            if is_synced:
                self._notices.append((record, connection, max(count, 1), deletion))

    def _check_notices(self) -> None:
        """Check that the rows of notices that are done show what the notices announced."""
        stored = _fetch_notices() if self._notices else {}
        for notice in list(self._notices):
            record, connection, count, deletion = notice
            done_times = stored.get((connection, record.module, record.id), ())
            is_synced = connection in fetch_synced(record.module)
            if is_synced and None in done_times:
                continue
            self._notices.remove(notice)
            if is_synced and done_times:
                self._check_announced(record, count, deletion)

    def _check_announced(self, record: LedgerRecord, count: int, deletion: int) -> None:
        shape = self.shapes[record.module]
        row = shape.fetch_row(zoho_id=record.id)
        if row is None or record.org not in self.org_of.values():
            return
        if not record.is_live:
            if deletion == len(record.ends) and row.zoho_state == "live":
                raise Violation("notices", f"{record.module} {record.id} was deleted")
            return
        if (record.module, row.pk) in self.retried:
            return  # a change that is sent again protects what the row shows
        if record.id in {*self.hidden, *self.converted, *self.too_long}:
            return
        if (record.org, record.module) in self.reduced:
            return
        if self.may_lag(record, record.states[count - 1].time):
            return  # a poll reads the record once Zoho shows it
        if any(moment > record.states[count - 1].moment for moment, _ in record.ends):
            return  # a poll may have covered the notice while the record was deleted
        for column in shape.columns:
            if not column.is_unique:
                continue
            later = [state.values[column.attribute] for state in record.states[count - 1 :]]
            value = getattr(row, column.attribute)
            if value not in later and not self._is_local(record, column, value):
                raise Violation(
                    "notices", f"{record.module} {record.id} shows {column.attribute}={value!r}"
                )

    def _check_order(self, record: LedgerRecord, column: Column, value: Any, pk: int) -> None:
        """Check that the row shows a value of the record, and not an older one than before."""
        key = record.module, record.id, column.attribute
        moments = [
            state.moment for state in record.states if state.values[column.attribute] == value
        ]
        if not moments:
            is_known = self._is_local(record, column, value) or self.is_chosen(column, value)
            if value and not is_known:
                raise Violation(
                    "known values",
                    f"{record.module} {record.id} shows {column.attribute}={value!r}, which is "
                    "neither the record's nor of this site",
                )
            return
        reduced = self.reduced.get((record.org, record.module), ())
        if not value and column.attribute in reduced:
            return  # a new row of a record is empty where the site believes a field to be removed
        if not value and record.id in self.hidden and self.is_taken_over(record):
            return  # and where the site has not read the record that its creation found
        row = self.rows.get((record.module, pk))
        last = max(moments[-1], row.moment_of(column.attribute, value) if row else 0)
        is_retried = (record.module, pk) in self.retried
        if last < self._shown.get(key, 0) and not is_retried:
            raise Violation(
                "no older values",
                f"{record.module} {record.id} shows {column.attribute}={value!r} again",
            )
        # The earliest of equal ones: how the others look cannot be told.
        self._shown[key] = max(moments[0], self._shown.get(key, 0))

    def check_end(self) -> None:
        """Check what holds once everything has been sent and read. Raises Violation."""
        self.check_rows()
        if unfinished := find_unfinished():
            raise Violation("empty queues", unfinished)
        self._check_created_once()
        self._check_overwritten()
        self._check_former_rows()
        for shape in self.shapes.values():
            EndOfModule(self, shape).check()

    @property
    def shown_from(self) -> float:
        """When Zoho shows all new records. Until then, the site's rows lack what it filled in."""
        times = (record.states[0].time for record in self.records.values())
        return max(times, default=0.0) + self.row_lag if self.row_lag else 0.0

    def _check_overwritten(self) -> None:
        """Check that a conflict shows each value of Zoho's that the site replaced unseen.

        A creation in doubt whose record is hidden is sent again, and Zoho finds the record by the
        match value. The outbox forgets changes that reached Zoho after some days.
        """
        for record, column, old, new in self.overwritten:
            if record.creator == SITE and record.id in self.hidden:
                continue
            name = column.attribute
            written = next(state for state in record.states if state.values[name] == new)
            if self._clock() - written.time > KEPT - FAR_AHEAD:
                continue
            lost_value = column.mirror.write(old)
            items = OutboxItem.objects.filter(module=record.module, zoho_id=record.id)
            conflicts = [item.conflict.get(column.zoho_name) or {} for item in items]
            is_shown = record.org in self.org_of.values() and record.id not in self.discarded
            values = [value for both in conflicts for value in _values_of_zoho(both)]
            if is_shown and lost_value not in values:
                raise Violation(
                    "losing values are kept",
                    f"{record.module} {record.id}: {name}={old!r} was replaced by {new!r}, and "
                    "no conflict shows it",
                )

    def _check_former_rows(self) -> None:
        """Check that there are no rows of an organisation to which their connection led before."""
        for shape in self.shapes.values():
            if _select_former(shape.using, shape.model).fetch():
                raise Violation("tenants", f"{shape.module} has rows of a former organisation")

    def _check_created_once(self) -> None:
        """Check that each row has at most one record that the site created."""
        created: dict[Key, LedgerRecord] = {}
        for record in self.records.values():
            if record.creator != SITE:
                continue
            owner = self.row_of_creation(record)
            if owner is None or owner in self.discarded:
                continue
            first = created.setdefault(owner, record)
            if first is not record and not self._is_beyond_recognition(first, record):
                raise Violation(
                    "created once", f"row {owner} has the records {first.id} and {record.id}"
                )

    def _is_beyond_recognition(self, first: LedgerRecord, second: LedgerRecord) -> bool:
        """Whether Zoho's users changed, hid or converted a new record before it was matched.

        Or one of its fields was removed, before or after it was created: a poll then takes it for
        another record. A creation without a response is found by `match_on`, or without that by all
        its values.
        """
        shape, created = self.shapes[first.module], first.states[0].values
        again = second.states[0].moment
        if first.id in {*self.hidden, *self.converted} or self.has_lost_lookup(first):
            return True
        if self.may_miss_records:
            return True
        if any(moment < again for moment, _ in first.ends):
            return True
        match = shape.match_column
        columns = shape.columns if match is None or not created[match.attribute] else [match]
        for column in columns:
            if column.attribute in self.reduced.get((first.org, first.module), ()):
                return True
            for state in first.states:
                is_other = state.values[column.attribute] != created[column.attribute]
                if state.moment < again and state.author == ZOHO and is_other:
                    return True
        return False
