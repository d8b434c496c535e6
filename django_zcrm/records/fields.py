"""Fields of records: one kind for each of Zoho's data types.

    class Lead(Record):
        last_name = Text("Last_Name", required=True)
        revenue = Currency("Annual_Revenue")
        modified = DateTime("Modified_Time", read_only=True)

`Text("Company")` makes a field whose value is a str or None; with `required=True` it is never None,
and with `read_only=True` it cannot be assigned. Type checkers know all of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, Self, TypeVar, overload

from . import kinds
from .kinds import Conversion, Reference

if TYPE_CHECKING:
    from .record import Record

V = TypeVar("V")
G = TypeVar("G")
S = TypeVar("S")
E = TypeVar("E", bound=Enum)


class Field(Generic[G, S]):
    """A field of a class of records. `name` is Zoho's name, `attribute` the name in the class.

    On a record, access returns the value; on the class, it returns the field.
    """

    attribute: str = ""

    def __init__(
        self,
        name: str,
        data_type: str,
        conversion: Conversion,
        *,
        required: bool = False,
        read_only: bool = False,
        to: str | type[Record] = "",
        choices: type[Enum] | None = None,
    ) -> None:
        self.name = name
        self.data_type = data_type
        self.conversion = conversion
        self.required = required
        self.read_only = read_only
        self.to = to
        self.choices = choices
        self._empty = conversion.empty
        self._convert = None if conversion.read is kinds.as_it_is else conversion.read

    def __set_name__(self, owner: type[Any], attribute: str) -> None:
        self.attribute = attribute
        self.label = f"{owner.__name__}.{attribute}"
        self.home = owner.__module__

    def read(self, value: Any) -> Any:
        """Return a value of Zoho's as a Python value."""
        if value is None:
            return self.conversion.empty
        return self.conversion.read(value)

    def to_zoho(self, value: Any) -> Any:
        """Return a Python value for Zoho; raise ConfigurationError for a wrong one."""
        return kinds.to_zoho(self.label, self.conversion, value)

    @overload
    def __get__(self, record: None, owner: type[Any]) -> Self: ...

    @overload
    def __get__(self, record: Record, owner: type[Any]) -> G: ...

    def __get__(self, record: Record | None, owner: type[Any]) -> Any:
        if record is None:
            return self
        try:
            value = record._row[self.name]
        except KeyError:
            return record._unread(self)
        if value is None:
            return self._empty
        if self.conversion.is_changeable:
            return record._list_of(self, value)
        return value if self._convert is None else self._convert(value)

    def __set__(self, record: Record, value: S) -> None:
        record._assign(self, value)

    def __repr__(self) -> str:
        return f"<{self.data_type} {self.name}>"


@dataclass(frozen=True)
class Kind(Generic[V]):
    """Makes fields of one of Zoho's data types."""

    data_type: str
    conversion: Conversion

    @overload
    def __call__(self, name: str, *, required: Literal[True]) -> Field[V, V]: ...

    @overload
    def __call__(self, name: str, *, read_only: Literal[True]) -> Field[V | None, Never]: ...

    @overload
    def __call__(self, name: str) -> Field[V | None, V | None]: ...

    def __call__(
        self, name: str, *, required: bool = False, read_only: bool = False
    ) -> Field[Any, Any]:
        """Return a field, given its API name in Zoho."""
        return Field(name, self.data_type, self.conversion, required=required, read_only=read_only)


Text = Kind[str]("text", kinds.TEXT)
TextArea = Kind[str]("textarea", kinds.TEXT)
Email = Kind[str]("email", kinds.TEXT)
Phone = Kind[str]("phone", kinds.TEXT)
Website = Kind[str]("website", kinds.TEXT)
AutoNumber = Kind[str]("autonumber", kinds.TEXT)
Integer = Kind[int]("integer", kinds.INTEGER)
BigInt = Kind[int]("bigint", kinds.LONG)
Double = Kind[Decimal]("double", kinds.DECIMAL)
Currency = Kind[Decimal]("currency", kinds.DECIMAL)
Percent = Kind[Decimal]("percent", kinds.DECIMAL)
Date = Kind[date]("date", kinds.DAY)
DateTime = Kind[datetime]("datetime", kinds.MOMENT)
MultiSelectPicklist = Kind[list[str]]("multiselectpicklist", kinds.CHOICES)
OwnerLookup = Kind[Reference]("ownerlookup", kinds.REFERENCE)
UserLookup = Kind[Reference]("userlookup", kinds.REFERENCE)
MultiModuleLookup = Kind[Reference]("multi_module_lookup", kinds.REFERENCE)
Tags = Kind[list[str]]("tags", kinds.TAGS)
Subform = Kind[list[dict[str, Any]]]("subform", kinds.ROWS)
MultiSelectLookup = Kind[list[dict[str, Any]]]("multiselectlookup", kinds.ROWS)
MultiUserLookup = Kind[list[dict[str, Any]]]("multiuserlookup", kinds.ROWS)
FileUpload = Kind[list[dict[str, Any]]]("fileupload", kinds.ROWS)
ImageUpload = Kind[list[dict[str, Any]]]("imageupload", kinds.ROWS)
Other = Kind[Any]("", kinds.ANYTHING)
"""A type that has no kind of its own: values stay as JSON has them."""


class _BooleanKind:
    """Makes fields of type boolean, which are never empty."""

    data_type = "boolean"
    conversion = kinds.BOOLEAN

    @overload
    def __call__(self, name: str, *, read_only: Literal[True]) -> Field[bool, Never]: ...

    @overload
    def __call__(self, name: str) -> Field[bool, bool]: ...

    def __call__(self, name: str, *, read_only: bool = False) -> Field[Any, Any]:
        """Return a field, given its API name in Zoho."""
        return Field(name, self.data_type, self.conversion, read_only=read_only)


Boolean = _BooleanKind()


class _PicklistKind:
    """Makes fields of type picklist; `choices` may be an enum, such as Django's TextChoices."""

    data_type = "picklist"

    @overload
    def __call__(self, name: str, *, choices: type[E], required: Literal[True]) -> Field[E, E]: ...

    @overload
    def __call__(
        self, name: str, *, choices: type[E], read_only: Literal[True]
    ) -> Field[E | None, Never]: ...

    @overload
    def __call__(self, name: str, *, choices: type[E]) -> Field[E | None, E | None]: ...

    @overload
    def __call__(self, name: str, *, required: Literal[True]) -> Field[str, str]: ...

    @overload
    def __call__(self, name: str, *, read_only: Literal[True]) -> Field[str | None, Never]: ...

    @overload
    def __call__(self, name: str) -> Field[str | None, str | None]: ...

    def __call__(
        self,
        name: str,
        *,
        choices: type[Enum] | None = None,
        required: bool = False,
        read_only: bool = False,
    ) -> Field[Any, Any]:
        """Return a field, given its API name in Zoho.

        A value of Zoho that is missing in `choices` is a string: administrators may add values.
        """
        conversion = kinds.TEXT if choices is None else _choices(choices)
        return Field(
            name,
            self.data_type,
            conversion,
            required=required,
            read_only=read_only,
            choices=choices,
        )


def _choices(choices: type[Enum]) -> Conversion:
    choice_by_value = {choice.value: choice for choice in choices}

    def write(value: Any) -> str:
        text = value.value if isinstance(value, Enum) else value
        if text not in choice_by_value:
            raise ValueError
        return str(text)

    return Conversion(
        lambda value: choice_by_value.get(value, value), write, f"a value of {choices.__name__}"
    )


Picklist = _PicklistKind()


class _LookupKind:
    """Makes fields of type lookup; `to` is the class of the referred records, or its name."""

    data_type = "lookup"

    @overload
    def __call__(
        self, name: str, *, to: str | type[Record] = ..., required: Literal[True]
    ) -> Field[Reference, Reference | Record | str]: ...

    @overload
    def __call__(
        self, name: str, *, to: str | type[Record] = ..., read_only: Literal[True]
    ) -> Field[Reference | None, Never]: ...

    @overload
    def __call__(
        self, name: str, *, to: str | type[Record] = ...
    ) -> Field[Reference | None, Reference | Record | str | None]: ...

    def __call__(
        self,
        name: str,
        *,
        to: str | type[Record] = "",
        required: bool = False,
        read_only: bool = False,
    ) -> Field[Any, Any]:
        """Return a field, given its API name in Zoho.

        With `to`, names can follow the lookup: `filter(account__industry="Banking")`.
        """
        return Field(
            name,
            self.data_type,
            kinds.REFERENCE,
            required=required,
            read_only=read_only,
            to=to,
        )


Lookup = _LookupKind()


class _FormulaKind:
    """Makes read-only fields of type formula or rollup_summary, of the kind of their result."""

    def __init__(self, data_type: str) -> None:
        self.data_type = data_type

    @overload
    def __call__(self, name: str, result: Kind[V]) -> Field[V | None, Never]: ...

    @overload
    def __call__(self, name: str, result: _BooleanKind) -> Field[bool, Never]: ...

    def __call__(self, name: str, result: Kind[Any] | _BooleanKind) -> Field[Any, Any]:
        """Return a field, given its API name in Zoho and the kind of its result."""
        return Field(name, self.data_type, result.conversion, read_only=True)


Formula = _FormulaKind("formula")
RollupSummary = _FormulaKind("rollup_summary")

Make = Callable[..., Field[Any, Any]]

KINDS: dict[str, Make] = {
    **{
        field_class.data_type: field_class
        for field_class in (
            Text,
            TextArea,
            Email,
            Phone,
            Website,
            AutoNumber,
            Integer,
            BigInt,
            Double,
            Currency,
            Percent,
            Date,
            DateTime,
            MultiSelectPicklist,
            OwnerLookup,
            UserLookup,
            MultiModuleLookup,
            Tags,
            Subform,
            MultiSelectLookup,
            MultiUserLookup,
            FileUpload,
            ImageUpload,
        )
    },
    Boolean.data_type: Boolean,
    Picklist.data_type: Picklist,
    Lookup.data_type: Lookup,
    Formula.data_type: Formula,
    RollupSummary.data_type: RollupSummary,
}
"""The kind for each of Zoho's data types."""
