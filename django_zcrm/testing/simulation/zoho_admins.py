"""What administrators of Zoho do: they take away permissions, remove fields and exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import models

from .network import REFUSED
from .site_users import REQUIRED
from .values import Column, Shape
from .zoho_users import ZohoUsers


class ZohoAdmins(ZohoUsers):
    """The steps of administrators, and of users who enter what a column here cannot hold."""

    def do_zoho_refuse(self, pick: int, field: int) -> None:
        """Refuse some calls of the site until `do_zoho_allow`."""
        self.oracle.has_refused = True
        self.world.network.refused.add(list(REFUSED)[pick % len(REFUSED)])

    def do_zoho_allow(self) -> None:
        """Refuse no calls any more."""
        self.world.network.refused.clear()

    def do_zoho_lose_jobs(self) -> None:
        """Remove all jobs of exports with their files, as Zoho does after a day."""
        for organisation in self.world.organisations:
            organisation.bulk.jobs.clear()
            organisation.bulk.waiting.clear()

    def do_zoho_fail_jobs(self) -> None:
        """Let all jobs of exports fail that have not ended."""
        for organisation in self.world.organisations:
            for job in organisation.bulk.waiting.values():
                job.error = {"code": "INTERNAL_ERROR", "message": "failed", "status": "error"}

    def do_zoho_remove_field(self, pick: int, field: int) -> None:
        """Remove a field from a module, until `do_zoho_restore_fields`."""
        org = pick % len(self.world.organisations)
        choices = [
            (shape, column)
            for shape in self.shapes
            for column in shape.columns
            if column.is_free and column.zoho_name not in REQUIRED
        ]
        if not choices:
            return
        shape, column = choices[field % len(choices)]
        modules = self.world.organisations[org].metadata.modules
        module = modules[shape.module]
        for removed in (self.oracle.reduced, self.oracle.removed):
            removed.setdefault((org, shape.module), set()).add(column.attribute)
        self.removed.setdefault((org, shape.module), module)
        names = [one for one in module.fields if one.api_name != column.zoho_name]
        modules[shape.module] = replace(module, fields=type(module.fields)(names))

    def do_zoho_restore_fields(self) -> None:
        """Restore all fields that were removed, with their values."""
        for (org, name), module in self.removed.items():
            self.world.organisations[org].metadata.modules[name] = module
        self.removed.clear()
        self.oracle.removed.clear()

    def do_zoho_edit_long(self, pick: int, field: int) -> None:
        """Enter a value that is too long for its column here."""
        record = self._pick_record(pick)
        columns = [] if record is None else _short_columns(self.oracle.shapes[record.module])
        if columns:
            self.oracle.too_long.add(record.id)
            column = columns[field % len(columns)]
            value = column.make(self.fresh()).ljust(column.field.max_length + 1, "-")
            self._enter(record, column, value)

    def shorten_values(self) -> None:
        """Replace all values that are too long."""
        for record in self.oracle.records.values():
            if not record.is_live or record.id not in self.oracle.too_long:
                continue
            for column in _short_columns(self.oracle.shapes[record.module]):
                if len(record.values[column.attribute] or "") > column.field.max_length:
                    self._enter(record, column, column.make(self.fresh()))

    def _enter(self, record: Any, column: Column, value: str) -> None:
        body = {"data": [{"id": record.id, column.zoho_name: value}]}
        self._call(record.org, "PUT", record.module, body)


def _short_columns(shape: Shape) -> list[Column]:
    """Return the columns, not those that are sent, that are shorter than Zoho's fields."""
    return [
        column
        for column in shape.columns
        if column.is_free and column.is_unique and not column.is_pushed
        if isinstance(column.field, models.CharField)
        if (column.field.max_length or column.zoho_length) < column.zoho_length
    ]
