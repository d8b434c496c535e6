"""Makes values that occur once in a history, so that each value shows who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import models, router
from django.db.models import F

from django_zcrm.emulator.state.field import USER_TYPES
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import MirrorOptions, options_of
from django_zcrm.mirror.statements import Parameter, Select, compiled
from django_zcrm.mirror.stored import Unstorable
from django_zcrm.mirror.values import MirrorColumn, columns_of

ORGANISATION = "connection__organisation_id"
"""Rows of another organisation are not shown any more, and removed by the next sync."""


@dataclass(frozen=True)
class Column:
    """A mirrored column as the simulation sees it.

    `is_unique` says that `make` never returns a value twice, `is_free` that Zoho's users may write
    any value; `to` is the model of a lookup.
    """

    attribute: str
    zoho_name: str
    is_pushed: bool
    is_unique: bool
    is_free: bool
    mirror: MirrorColumn
    field: Any
    choices: tuple[str, ...] = ()
    zoho_length: int = 0

    @property
    def to(self) -> type[MirrorModel] | None:
        """The model to which a lookup leads; None for other columns."""
        return self.mirror.to

    @property
    def is_text(self) -> bool:
        """Whether the column has texts."""
        return isinstance(self.field, models.CharField | models.TextField)

    def make(self, number: int) -> Any:
        """Return the value with a number. Not for lookups."""
        if self.choices:
            return self.choices[number % len(self.choices)]
        if isinstance(self.field, models.EmailField):
            return f"v{number}@example.com"
        if self.is_text:
            return f"v{number}"
        if isinstance(self.field, models.BooleanField):
            return number % 2 == 0
        if isinstance(self.field, models.IntegerField):
            return number
        if isinstance(self.field, models.DecimalField):
            return Decimal(number)
        if isinstance(self.field, models.FloatField):
            return float(number)
        if isinstance(self.field, models.DateTimeField):
            return datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        if isinstance(self.field, models.DateField):
            return date(2001, 1, 1) + timedelta(days=number)
        raise TypeError(f"{self.field} is of a type that the simulation cannot fill")

    def make_invalid(self, number: int) -> str:
        """Return a text with a number that Zoho refuses. Only for texts."""
        if isinstance(self.field, models.EmailField):
            return f"v{number} at example"
        return f"v{number}".ljust(self.zoho_length + 1, "-")

    def read(self, raw: Any) -> Any:
        """Return the value of the column for a value that the emulator stores.

        Returns that value itself if the column cannot hold it.
        """
        if self.to is not None:
            return str(raw["id"]) if isinstance(raw, Mapping) else raw and str(raw)
        try:
            return self.mirror.read(raw)
        except Unstorable:
            return raw


@dataclass(frozen=True)
class Shape:
    """A mirrored model: its options and its columns."""

    model: type[MirrorModel]
    options: MirrorOptions
    columns: tuple[Column, ...]

    @property
    def module(self) -> str:
        """The module of the model."""
        return self.options.module

    @cached_property
    def using(self) -> str:
        """The database of the rows."""
        return router.db_for_write(self.model)

    @cached_property
    def unique(self) -> tuple[Column, ...]:
        """The columns whose values occur once."""
        return tuple(column for column in self.columns if column.is_unique)

    @cached_property
    def match_column(self) -> Column | None:
        """The column by whose values Zoho finds the record of a creation (`match_on`)."""
        match_on = self.options.match_on
        return next((column for column in self.columns if column.zoho_name == match_on), None)

    def fetch_values(self) -> list[Any]:
        """Return the rows: key, id of the record, connection, state and unique values."""
        names = tuple(column.attribute for column in self.unique)
        return _select_values(self.using, self.model, names).fetch()

    def fetch_rows(self) -> list[Any]:
        """Return the rows."""
        return _select_rows(self.using, self.model).fetch()

    def fetch_keys(self) -> list[Any]:
        """Return the keys of the rows, in their order."""
        return _select_keys(self.using, self.model).fetch()

    def fetch_row(self, **values: Any) -> Any:
        """Return the row with this `pk` or `zoho_id`; None without one."""
        return next(iter(_select_row(self.using, self.model, *values).fetch(**values)), None)

    @property
    def pushed(self) -> list[Column]:
        """The columns whose changes are sent, without lookups."""
        return [column for column in self.columns if column.is_pushed and column.to is None]

    @property
    def lookups(self) -> list[Column]:
        """The lookups whose changes are sent."""
        return [column for column in self.columns if column.is_pushed and column.to is not None]


def _rows_of(model: type[MirrorModel]) -> models.QuerySet[Any]:
    """Return the rows of the organisation that their connection leads to."""
    table: models.QuerySet[Any] = model._base_manager.all()
    return table.filter(zoho_organisation=F(ORGANISATION))


@compiled
def _select_values(using: str, model: type[MirrorModel], names: Sequence[str]) -> Select:
    rows = _rows_of(model).using(using)
    return Select.of(rows.values_list("pk", "zoho_id", "connection_id", "zoho_state", *names))


@compiled
def _select_rows(using: str, model: type[MirrorModel]) -> Select:
    return Select.of(_rows_of(model).using(using))


@compiled
def _select_keys(using: str, model: type[MirrorModel]) -> Select:
    return Select.of(_rows_of(model).using(using).order_by("pk").values_list("pk", flat=True))


@compiled
def _select_row(using: str, model: type[MirrorModel], name: str) -> Select:
    rows = model._base_manager.using(using).filter(**{name: Parameter(name)})
    return Select.of(rows.order_by("pk")[:1])


def shape_of(model: type[MirrorModel], org: Organisation) -> Shape:
    """Return the shape of a model. Raises LookupError for a field that the emulator lacks."""
    options = options_of(model)
    module = org.metadata.modules.get(options.module)
    if module is None:
        raise LookupError(f"the emulator has no module {options.module}")
    pushed = set(options.pushed.values())
    columns = []
    for column in columns_of(model):
        zoho_field = module.field_map.get(column.zoho_name)
        if zoho_field is None:
            raise LookupError(f"the emulator has no field {column.zoho_name} of {options.module}")
        names = {field.attname: field for field in model._meta.concrete_fields}
        field: Any = names[column.attribute]
        choices = tuple(value.actual_value for value in zoho_field.values if value.actual_value)
        is_unique = not choices and column.to is None and not isinstance(field, models.BooleanField)
        columns.append(
            Column(
                column.attribute,
                column.zoho_name,
                column.zoho_name in pushed,
                is_unique,
                not zoho_field.read_only
                and zoho_field.data_type not in USER_TYPES
                and column.to is None,
                column,
                field,
                choices,
                zoho_field.length,
            )
        )
    return Shape(model, options, tuple(columns))
