"""The model of a record set: plain dicts, or instances of a class (see `records`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ..errors import ConfigurationError, DoesNotExist, MultipleObjectsReturned
from ..results import Outcome, Record
from .options import Options
from .steps import RecordSource

T_co = TypeVar("T_co", covariant=True)


class Meta:
    """The rules of a model, and its names, which Django's shortcuts and views look for here.

    This is the `_meta` of untyped records: fields have Zoho's names, values are as they come.
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
        """The name with the app's."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def verbose_name(self) -> str:
        """The name in words."""
        return self.object_name.replace("_", " ")

    @property
    def verbose_name_plural(self) -> str:
        """The name of many; names of modules are in the plural already."""
        return self.verbose_name

    def zoho_name(self, name: str) -> str:
        """Return a name in Zoho's words: `company__icontains` could be `Company__icontains`."""
        return name

    def label_of(self, name: str) -> str:
        """Return the name that a field has here, given in Zoho's words."""
        return name

    def default_fields(self) -> tuple[str, ...] | None:
        """Return the fields that are read when none are named; None for all."""
        return None

    def reader(self, name: str) -> Callable[[Any], Any] | None:
        """Return a function that converts Zoho's values of a field, given by Zoho's name."""
        return None

    def load(self, rows: list[Record], source: RecordSource) -> Sequence[Any]:
        """Convert rows to records."""
        return rows

    def key_of(self, record: Any, name: str) -> Any:
        """Return the value of a record's field, named in Zoho's words."""
        return record[name]

    def written(self, name: str, value: Any) -> Any:
        """Return a value for Zoho, of the field named in Zoho's words; raise ConfigurationError."""
        return value

    def values_of(
        self, row: Any, names: tuple[str, ...] | None = None, *, is_new: bool = False
    ) -> Record:
        """Return a row's values by Zoho's names: its id, and these fields or all.

        Raises ConfigurationError for what is no row, or lacks one of them.
        """
        if not isinstance(row, Mapping):
            raise ConfigurationError(
                f"A row of {self.module} is a dict of API names, not {type(row).__name__}."
            )
        return self.named_values(row, names)

    def named_values(self, row: Mapping[Any, Any], names: tuple[str, ...] | None) -> Record:
        """Return the values of a dict, in Zoho's words."""
        values: Record = {}
        for label, value in row.items():
            if not isinstance(label, str) or not label:
                raise ConfigurationError(f"{label!r} is not the name of a field.")
            name = "id" if label == "pk" else self.zoho_name(label)
            if name == "id":
                values[name] = None if value is None else str(value)
            elif names is None or name in names:
                values[name] = self.written(name, value)
        if missing := [name for name in names or () if name not in values]:
            raise ConfigurationError(f"A row lacks {self.label_of(missing[0])}.")
        return values

    def learn(
        self, row: Any, outcome: Outcome, source: RecordSource, names: tuple[str, ...] | None = None
    ) -> None:
        """Update a row from Zoho's reply to a write; `names` were written, or all."""

    def created(self, record: Any, outcome: Outcome, source: RecordSource) -> Any:
        """Return a record that has just been created, with its id."""
        return {**record, **known_after_writing(outcome), "id": outcome.id}


KNOWN_AFTER_WRITING = ("Created_Time", "Modified_Time", "Created_By", "Modified_By")
"""What Zoho's reply to a write tells of the record."""


def known_after_writing(outcome: Outcome) -> Record:
    """Return the system fields that a reply to a write contains."""
    return {name: outcome.details[name] for name in KNOWN_AFTER_WRITING if name in outcome.details}


class Modelled(Protocol):
    """A record that is an instance of a class of its own (see `records`)."""

    @property
    def id(self) -> str:
        """Zoho's id."""
        ...

    @property
    def pk(self) -> str:
        """The same by Django's name."""
        ...


class Model(Protocol[T_co]):
    """What records are: a class of records, or `Dicts`."""

    @property
    def _meta(self) -> Meta: ...

    @property
    def DoesNotExist(self) -> type[DoesNotExist]:
        """What `get()` raises when there is no record."""
        ...

    @property
    def MultipleObjectsReturned(self) -> type[MultipleObjectsReturned]:
        """What `get()` raises when there are several."""
        ...

    def __call__(self, **values: Any) -> T_co:
        """Make a record that is not in Zoho yet."""
        ...


class Dicts:
    """The model of untyped records: dicts of Zoho's API names, as they come."""

    def __init__(self, module: str, options: Options) -> None:
        self._meta = Meta(module)
        self.DoesNotExist = options.does_not_exist
        self.MultipleObjectsReturned = options.multiple_objects_returned
        self.__name__ = module

    def __call__(self, **values: Any) -> Record:
        """Return the values."""
        return values

    def __repr__(self) -> str:
        return f"<{self.__name__}>"
