"""What a record set's records are: plain dicts, or instances of a class (see `records`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..errors import DoesNotExist, MultipleObjectsReturned
from ..results import Record
from .options import Options

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Meta:
    """The names of a model, where Django's shortcuts and generic views look for them."""

    object_name: str
    app_label: str = "zcrm"

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


class Model(Protocol[T_co]):
    """What a record set has to know about its records."""

    _meta: Meta
    DoesNotExist: type[DoesNotExist]
    MultipleObjectsReturned: type[MultipleObjectsReturned]

    @property
    def module(self) -> str:
        """The API name of the module."""
        ...

    def zoho_name(self, name: str) -> str:
        """Return a name in Zoho's words: `company__icontains` is `Company__icontains`."""
        ...

    def default_fields(self) -> tuple[str, ...] | None:
        """Return the fields that are read when none are named; None for all."""
        ...

    def load(self, rows: list[Record]) -> Sequence[T_co]:
        """Make records of rows."""
        ...

    def key_of(self, record: Any, field: str) -> Any:
        """Return the value of a record's field, named in Zoho's words."""
        ...


class Dicts:
    """The model of untyped records: dicts of Zoho's API names, as they come."""

    def __init__(self, module: str, options: Options) -> None:
        self.module = module
        self._meta = Meta(module)
        self.DoesNotExist = options.does_not_exist
        self.MultipleObjectsReturned = options.multiple_objects_returned
        self.__name__ = module

    def zoho_name(self, name: str) -> str:
        """Return the name as it is."""
        return name

    def default_fields(self) -> tuple[str, ...] | None:
        """Return None: all fields are read."""
        return None

    def load(self, rows: list[Record]) -> Sequence[Record]:
        """Return the rows as they are."""
        return rows

    def key_of(self, record: Any, field: str) -> Any:
        """Return the value of a field."""
        return record[field]

    def __repr__(self) -> str:
        return f"<{self.module}>"
