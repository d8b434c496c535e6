"""The model of a record set: plain dicts, or instances of a class (see `records`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ..errors import ConfigurationError, DoesNotExist, MultipleObjectsReturned
from ..operations.results import Outcome, RecordDict
from .options import Options
from .steps import RecordSource

T_co = TypeVar("T_co", covariant=True)


class Meta:
    """The rules of a model, and the names that Django's shortcuts and views read.

    This is the `_meta` of untyped records: fields have Zoho's names, values are unchanged.
    """

    app_label = "zcrm"

    def __init__(self, module: str, object_name: str = "") -> None:
        self.module = module
        self.object_name = object_name or module

    @property
    def model_name(self) -> str:
        """The name in lower case, as templates and contexts use it."""
        return self.object_name.lower()

    @property
    def label(self) -> str:
        """The name, prefixed with the app's name."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def verbose_name(self) -> str:
        """The readable name."""
        return self.object_name.replace("_", " ")

    @property
    def verbose_name_plural(self) -> str:
        """The plural name; names of modules are already plural."""
        return self.verbose_name

    def zoho_name(self, name: str) -> str:
        """Return Zoho's name for a name: `company__icontains` could become `Company__icontains`."""
        return name

    def label_of(self, name: str) -> str:
        """Return the model's name for a field with a Zoho name."""
        return name

    def default_fields(self) -> tuple[str, ...] | None:
        """Return the fields to fetch by default; None for all."""
        return None

    def reader(self, name: str) -> Callable[[Any], Any] | None:
        """Return a function that converts Zoho's values of the field with this Zoho name."""
        return None

    def load(self, rows: list[RecordDict], source: RecordSource) -> Sequence[Any]:
        """Convert rows to records."""
        return rows

    def key_of(self, record: Any, name: str) -> Any:
        """Return the value of a record's field with this Zoho name."""
        return record[name]

    def to_zoho(self, name: str, value: Any) -> Any:
        """Return a value for Zoho, of the field with this Zoho name; raise ConfigurationError."""
        return value

    def values_of(
        self, row: Any, names: tuple[str, ...] | None = None, *, is_new: bool = False
    ) -> RecordDict:
        """Return a row's values by Zoho's names: its id, and these fields or all.

        Raises ConfigurationError for an invalid row, or one without a requested field.
        """
        if not isinstance(row, Mapping):
            raise ConfigurationError(
                f"A row of {self.module} is a dict of API names, not {type(row).__name__}."
            )
        return self.to_zoho_values(row, names)

    def to_zoho_values(self, row: Mapping[Any, Any], names: tuple[str, ...] | None) -> RecordDict:
        """Return the values of a dict by Zoho's names."""
        values: RecordDict = {}
        for label, value in row.items():
            if not isinstance(label, str) or not label:
                raise ConfigurationError(f"{label!r} is not the name of a field.")
            name = "id" if label == "pk" else self.zoho_name(label)
            if name == "id":
                values[name] = None if value is None else str(value)
            elif names is None or name in names:
                values[name] = self.to_zoho(name, value)
        if missing := [name for name in names or () if name not in values]:
            raise ConfigurationError(f"A row lacks {self.label_of(missing[0])}.")
        return values

    def learn(
        self, row: Any, outcome: Outcome, source: RecordSource, names: tuple[str, ...] | None = None
    ) -> None:
        """Update a row from Zoho's response to a write of `names`, by default of all fields."""

    def load_created(self, record: Any, outcome: Outcome, source: RecordSource) -> Any:
        """Return a record that has just been created, with its id."""
        return {**record, **read_system_fields(outcome), "id": outcome.id}


KNOWN_AFTER_WRITING = ("Created_Time", "Modified_Time", "Created_By", "Modified_By")
"""Fields of the record that Zoho's response to a write contains."""


def read_system_fields(outcome: Outcome) -> RecordDict:
    """Return the system fields that a response to a write contains."""
    return {name: outcome.details[name] for name in KNOWN_AFTER_WRITING if name in outcome.details}


class TypedRecord(Protocol):
    """A record that is an instance of a declared class (see `records`)."""

    @property
    def id(self) -> str:
        """Zoho's id."""
        ...

    @property
    def pk(self) -> str:
        """The id, under Django's name."""
        ...


class Model(Protocol[T_co]):
    """The type of records: a class of records, or `Dicts`."""

    @property
    def _meta(self) -> Meta: ...

    @property
    def DoesNotExist(self) -> type[DoesNotExist]:
        """The error of `get()` when there is no record."""
        ...

    @property
    def MultipleObjectsReturned(self) -> type[MultipleObjectsReturned]:
        """The error of `get()` when there are several records."""
        ...

    def __call__(self, **values: Any) -> T_co:
        """Make a record that is not in Zoho yet."""
        ...


class Dicts:
    """The model of untyped records: unchanged dicts by Zoho's API names."""

    def __init__(self, module: str, options: Options) -> None:
        self._meta = Meta(module)
        self.DoesNotExist = options.does_not_exist
        self.MultipleObjectsReturned = options.multiple_objects_returned
        self.__name__ = module

    def __call__(self, **values: Any) -> RecordDict:
        """Return the values."""
        return values

    def __repr__(self) -> str:
        return f"<{self.__name__}>"
