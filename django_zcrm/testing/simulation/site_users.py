"""What users of the site do: they create, change, relate and delete rows."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db import DatabaseError, transaction

from django_zcrm.mirror.models import OutboxItem

from .stage import Stage
from .values import Column, Shape

REQUIRED = frozenset({"Last_Name", "Company", "Account_Name", "Deal_Name"})
"""Fields that Zoho demands."""


class RolledBack(Exception):
    """Raised by a simulated view, so that its transaction is rolled back."""


class SiteUsers(Stage):
    """The steps of users of the site. `pick` chooses a row, `field` a field."""

    def _org_of(self, row: Any) -> int:
        return self.oracle.org_of[row.connection_id]

    def _pick_row(self, pick: int) -> tuple[Shape, Any] | None:
        """Return a row of a model that sends changes."""
        shapes = [shape for shape in self.shapes if shape.options.push]
        rows = [(shape, pk) for shape in shapes for pk in shape.fetch_keys()]
        if not rows:
            return None
        shape, pk = rows[pick % len(rows)]
        row = shape.fetch_row(pk=pk)
        return None if row is None else (shape, row)

    def _pick_editable(self, pick: int) -> tuple[Shape, Any] | None:
        """Return a row that has another column to edit than lookups."""
        choice = self._pick_row(pick)
        return choice if choice is not None and choice[0].pushed else None

    def _new_value(self, shape: Shape, row: Any, number: int) -> tuple[Column, Any]:
        column = shape.pushed[number % len(shape.pushed)]
        return column, self.make_value(column, getattr(row, column.attribute))

    def _save(
        self, shape: Shape, row: Any, *saves: dict[str, Any], is_matched: bool = False
    ) -> None:
        """Save a row as a view does, and note what the user was told.

        Several saves are of one transaction. `is_matched` says that the row is a new one for a
        record that may exist.
        """
        values = {name: value for save in saves for name, value in save.items()}
        seen = {} if row.pk is None else {name: getattr(row, name) for name in values}
        certain = False
        try:
            with transaction.atomic(using=shape.using) if len(saves) > 1 else nullcontext():
                for save in saves:
                    for name, value in save.items():
                        setattr(row, name, value)
                    row.save()
            certain = True
        except Exception as error:
            self.note_here(f"not saved: {type(error).__name__}")
        finally:
            if row.pk is not None:
                plain_values = {
                    name: value
                    for name, value in values.items()
                    if not any(column.attribute == name for column in shape.lookups)
                }
                org = self._org_of(row)
                self.oracle.note_save(shape, row, org, plain_values, seen=seen, certain=certain)
                if is_matched:
                    self.oracle.rows[shape.module, row.pk].is_matched = True

    def do_create(self, pick: int, field: int) -> None:
        """Create a row."""
        shapes = [shape for shape in self.shapes if shape.pushed]
        if shapes:
            self._create(shapes[pick % len(shapes)], pick, field)

    def do_create_matched(self, pick: int, field: int) -> None:
        """Create a row with the match value of a record, which may have a row already."""
        choices = [
            (shape, column, record.values[column.attribute])
            for shape in self.shapes
            if shape.pushed and (column := shape.match_column) is not None
            for record in self.oracle.records.values()
            if record.module == shape.module and record.values[column.attribute]
        ]
        if choices:
            shape, column, value = choices[field % len(choices)]
            self._create(shape, pick, field, {column.attribute: value})

    def _create(
        self, shape: Shape, pick: int, field: int, matched: dict[str, Any] | None = None
    ) -> None:
        connections = self.world.connections
        row = shape.model(connection=connections[pick % len(connections)])
        values = {
            column.attribute: self.make_value(column)
            for position, column in enumerate(shape.pushed)
            if position == 0
            or column.is_mandatory
            or column.zoho_name in REQUIRED
            or (field >> position) & 1
        }
        self._save(shape, row, {**values, **(matched or {})}, is_matched=bool(matched))

    def do_edit(self, pick: int, field: int) -> None:
        """Change a field of a row."""
        choice = self._pick_editable(pick)
        if choice is None:
            return
        shape, row = choice
        if pick % 3 == 0:
            rows = shape.model._base_manager.filter(pk=row.pk)
            if field % 3 == 0:
                rows = rows.defer(shape.pushed[field % len(shape.pushed)].attribute)
            self.stale.append((shape, rows.get()))
        column, value = self._new_value(shape, row, field)
        self._save(shape, row, {column.attribute: value})

    def do_edit_invalid(self, pick: int, field: int) -> None:
        """Save a value that Zoho refuses."""
        choice = self._pick_row(pick)
        if choice is None:
            return
        shape, row = choice
        texts = [column for column in shape.pushed if column.is_unique and column.is_text]
        if texts:
            column = texts[field % len(texts)]
            self._save(shape, row, {column.attribute: column.make_invalid(self.fresh())})
            self.oracle.rows[shape.module, row.pk].is_invalid = True

    def do_discard(self, pick: int, field: int) -> None:
        """Discard a change that was not sent, or lost a conflict."""
        changes = OutboxItem.objects.exclude(state__in=("done", "discarded", "sending"))
        items = list(changes.order_by("pk"))
        if not items:
            return
        item = items[pick % len(items)]
        self.oracle.note_discard(item)
        try:
            count = changes.filter(pk=item.pk).discard()
            self.note_here(f"discarded {count} of change {item.pk}")
        except DatabaseError as error:
            self.note_here(f"not discarded: {type(error).__name__}")

    def do_retry(self, pick: int, field: int) -> None:
        """Send a change again that waits, failed or was discarded."""
        changes = OutboxItem.objects.filter(state__in=("new", "in_doubt", "failed", "discarded"))
        items = list(changes.order_by("pk"))
        if not items:
            return
        item = items[pick % len(items)]
        self.oracle.note_retry(item)
        try:
            count = changes.filter(pk=item.pk).retry()
            self.note_here(f"sends {count} of change {item.pk} again")
            item.refresh_from_db(fields=["object_id"])  # its record may have got another row
            self.oracle.retried.add((item.module, int(item.object_id)))
        except DatabaseError as error:
            self.note_here(f"not sent again: {type(error).__name__}")

    def do_edit_stale(self, pick: int, field: int) -> None:
        """Save an instance that was read some time ago."""
        if not self.stale:
            return
        shape, row = self.stale.pop(pick % len(self.stale))
        if not shape.model._base_manager.filter(pk=row.pk).exists():
            return
        count = 1 if pick % 3 else 2
        changes = [self._new_value(shape, row, field + number) for number in range(count)]
        self._save(shape, row, *({column.attribute: value} for column, value in changes))

    def do_delete(self, pick: int, field: int) -> None:
        """Delete a row."""
        choice = self._pick_row(pick)
        if choice is None:
            return
        shape, row = choice
        if row.zoho_state != "live":
            return
        pk, org, certain = row.pk, self._org_of(row), False
        names = ["zoho_id", *(column.attribute for column in shape.columns)]
        seen = {name: getattr(row, name) for name in names}
        try:
            row.delete()
            certain = True
        except Exception as error:
            self.note_here(f"not deleted: {type(error).__name__}")
        finally:
            self.oracle.note_deletion(shape, pk, org, seen, certain=certain)

    def do_relate(self, pick: int, field: int) -> None:
        """Set a lookup."""
        choice = self._pick_row(pick)
        if choice is None or not choice[0].lookups:
            return
        shape, row = choice
        column = shape.lookups[field % len(shape.lookups)]
        if column.to is None or column.to not in [other.model for other in self.shapes]:
            return
        targets = column.to._base_manager.filter(zoho_state="live")
        if pick % 5:  # otherwise perhaps to a row of another connection, which is refused
            targets = targets.filter(connection=row.connection_id)
        keys = [pk for pk in targets.order_by("pk").values_list("pk", flat=True) if pk != row.pk]
        if not keys:
            return
        self._save(shape, row, {column.attribute: keys[field % len(keys)]})

    def do_push(self, pick: int, field: int) -> None:
        """Change rows by a query set."""
        choice = self._pick_editable(pick)
        if choice is None:
            return
        shape, row = choice
        column, value = self._new_value(shape, row, field)
        certain = False
        try:
            # 0 if the row has been deleted in the meantime
            certain = shape.model.objects.filter(pk=row.pk).push(**{column.attribute: value}) == 1
        except Exception as error:
            self.note_here(f"not pushed: {type(error).__name__}")
        finally:
            values = {column.attribute: value}
            seen = {column.attribute: getattr(row, column.attribute)}
            org = self._org_of(row)
            self.oracle.note_save(shape, row, org, values, seen=seen, certain=certain)

    def do_rollback(self, pick: int, field: int) -> None:
        """Change a row in a transaction that fails."""
        choice = self._pick_editable(pick)
        if choice is None:
            return
        shape, row = choice
        column, value = self._new_value(shape, row, field)
        setattr(row, column.attribute, value)
        try:
            with transaction.atomic(using=self.world.database.alias):
                row.save()
                raise RolledBack
        except Exception:
            return
