"""Makes values that occur once in a history, so that each value shows who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import models, router
from django.db.models import F

from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import MirrorOptions, options_of
from django_zcrm.mirror.statements import Parameter, Select, compiled
from django_zcrm.mirror.stored import Unstorable
from django_zcrm.mirror.values import MirrorColumn, columns_of

LARGEST = 9_999
"""The largest number of which the values of a history are usually made."""

REPEATED = 3
"""How many values a column has to which users often set it back."""

TEXT_TYPES = frozenset({"text", "textarea", "email", "phone", "website", "date"})
NUMBER_TYPES = frozenset({"integer", "bigint", "double", "currency", "percent"})
FILLED_TYPES = TEXT_TYPES | NUMBER_TYPES | {"boolean", "datetime", "picklist"}
"""Zoho's types of which the simulation makes values."""

ORGANISATION = "connection__organisation_id"
"""Rows of another organisation are not shown any more, and removed by the next sync."""

METADATA_HINT = "pass the file that `manage.py zcrm_export_metadata FILE` writes as metadata=FILE"


@dataclass(frozen=True)
class Column:
    """A mirrored column as the simulation sees it.

    `is_unique` says that a history has each value once, `is_repeating` that it has few, to which
    users often set the column back; `is_free` that Zoho's users may write
    any value, `is_mandatory` that Zoho demands one; `to` is the model of a lookup. `data_type` and
    `zoho_length` are those of Zoho's field.
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
    data_type: str = "text"
    is_mandatory: bool = False
    is_repeating: bool = False

    @property
    def to(self) -> type[MirrorModel] | None:
        """The model to which a lookup refers; None for other columns."""
        return self.mirror.to

    @property
    def is_followed(self) -> bool:
        """Whether the oracle follows what the site's users save in the column."""
        return self.is_pushed and (self.is_unique or self.is_repeating)

    @property
    def is_text(self) -> bool:
        """Whether the column has texts."""
        return isinstance(self.field, models.CharField | models.TextField)

    def make(self, number: int) -> Any:
        """Return the value with a number. Not for lookups."""
        if self.choices:
            return self.choices[number % len(self.choices)]
        if self.is_repeating and not isinstance(self.field, models.BooleanField):
            number = number % REPEATED + 1
        if isinstance(self.field, models.EmailField):
            return make_text("email", number)
        if self.is_text:
            return make_text(self.data_type, number)
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

    def find_problem(self) -> str:
        """Return why the simulation cannot fill the column; empty if it can."""
        if self.is_text and self.data_type == "datetime":
            return "use a DateTimeField for a datetime of Zoho"
        if self.to is not None or not (self.is_free or self.is_pushed):
            return ""
        if self.data_type not in FILLED_TYPES:
            return f"there are no values for Zoho's type {self.data_type}; leave it out of push"
        try:
            value = self.make(LARGEST)
        except TypeError as error:
            return str(error)
        needed = len(value if self.is_text else str(LARGEST))
        name = "max_length" if self.is_text else "max_digits"
        limit, size = getattr(self.field, name, None), needed
        if self.is_text:
            size = max(map(len, self.choices), default=needed)
        elif limit is not None:
            size += getattr(self.field, "decimal_places", None) or 0
        if limit is not None and limit < size:
            return f"{name} is {limit}, and its values need {size}"
        has_length = not self.choices and self.data_type in TEXT_TYPES | NUMBER_TYPES
        if has_length and self.zoho_length < needed:
            return f"Zoho's field has the length {self.zoho_length}, and its values need {needed}"
        return ""

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
    """A mirrored model: its options and its columns.

    `defaults` has values for the fields that Zoho demands and the model lacks.
    """

    model: type[MirrorModel]
    options: MirrorOptions
    columns: tuple[Column, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)

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

    def with_repetitions(self) -> Shape:
        """Return the shape with few values in the columns that do not tell whose a record is."""
        kept = [self.match_column, *self.pushed[:1]]
        columns = [
            replace(column, is_unique=False, is_repeating=True)
            if column.is_unique and column.is_pushed and column not in kept
            else column
            for column in self.columns
        ]
        return replace(self, columns=tuple(columns))

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
    """Return the rows of the present organisation of their connection."""
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
        raise LookupError(f"the emulator has no module {options.module}: {METADATA_HINT}")
    for name in options.zoho_fields:
        if name not in module.field_map:
            raise LookupError(
                f"the emulator has no field {name} of {options.module}: {METADATA_HINT}"
            )
    pushed = set(options.pushed.values())
    columns = []
    for column in columns_of(model):
        zoho_field = module.field_map[column.zoho_name]
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
                and zoho_field.data_type in FILLED_TYPES
                and column.to is None,
                column,
                field,
                choices,
                zoho_field.length,
                zoho_field.data_type,
                zoho_field.mandatory,
                not is_unique and column.to is None,
            )
        )
    names_here = {column.zoho_name for column in columns}
    defaults = {
        other.api_name: _make_default(other)
        for other in module.fields
        if other.mandatory or (options.module, other.api_name) == ("Leads", "Company")
        if other.api_name not in names_here and other.data_type in FILLED_TYPES
    }
    return Shape(model, options, tuple(columns), defaults)


def make_text(data_type: str, number: int) -> str:
    """Return the text with a number, as a field of one of Zoho's types has it."""
    if data_type == "email":
        return f"v{number}@example.com"
    if data_type == "website":
        return f"https://v{number}.example.com"
    if data_type == "date":
        return (date(2001, 1, 1) + timedelta(days=number)).isoformat()
    if data_type == "datetime":
        return (datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=number)).isoformat()
    return f"v{number}"


def _make_default(field: Field) -> Any:
    if field.values:
        return field.values[0].actual_value
    if field.data_type == "boolean":
        return False
    return 1 if field.data_type in NUMBER_TYPES else make_text(field.data_type, 1)
