"""The types of a setting's keys: they check input and render values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...core import Refusal
from ...state import Organisation
from ..rendering import localize
from ..values import JSONPath, format_moment, parse_date, parse_moment, reference_id
from . import references


@dataclass(frozen=True, kw_only=True)
class ValueType:
    """Any value, stored unchanged.

    required: mandatory in a new item. default: the value of a new item without the key, or a
    function that returns it for an organisation. read_only: set by Zoho only; a client's value is
    ignored. detail_only: shown only with a single item.
    """

    required: bool = False
    default: Any = None
    read_only: bool = False
    detail_only: bool = False
    expected: ClassVar[str] = "jsonobject"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> Any:
        """Return the stored form of a value. Raises Refusal INVALID_DATA when it does not fit."""
        return value

    def show(self, org: Organisation, value: Any, zone: str) -> Any:
        """Return a stored value as responses show it to a user in this time zone."""
        return value

    def invalid(self, path: JSONPath, **more: Any) -> Refusal:
        """Return the error for a value of the wrong type."""
        return path.invalid(expected_data_type=self.expected, **more)


Anything = ValueType


@dataclass(frozen=True)
class Text(ValueType):
    """Text; ``pattern`` must match all of it."""

    length: int = 255
    pattern: str = ""
    min_length: int = 0
    expected: ClassVar[str] = "string"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> str:
        if not isinstance(value, str):
            raise self.invalid(path)
        if len(value) > self.length:
            raise path.invalid(maximum_length=self.length)
        if len(value) < self.min_length:
            raise path.invalid(minimum_length=self.min_length)
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise path.invalid(regex=self.pattern)
        return value


@dataclass(frozen=True)
class TimeZone(Text):
    """The name of a time zone, one that responses can show times in."""

    def read(self, org: Organisation, value: Any, path: JSONPath) -> str:
        name = super().read(org, value, path)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise path.invalid() from None
        return name


@dataclass(frozen=True)
class Number(ValueType):
    """A whole number."""

    lowest: int | None = None
    highest: int | None = None
    expected: ClassVar[str] = "integer"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.invalid(path)
        if self.lowest is not None and value < self.lowest:
            raise path.invalid(minimum=self.lowest)
        if self.highest is not None and value > self.highest:
            raise path.invalid(maximum=self.highest)
        return value


@dataclass(frozen=True)
class Flag(ValueType):
    """True or false."""

    expected: ClassVar[str] = "boolean"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> bool:
        if not isinstance(value, bool):
            raise self.invalid(path)
        return value


@dataclass(frozen=True)
class Day(ValueType):
    """A date."""

    expected: ClassVar[str] = "date"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> str:
        day = parse_date(value) if isinstance(value, str) else None
        if day is None:
            raise self.invalid(path)
        return day


@dataclass(frozen=True)
class Moment(ValueType):
    """A datetime, shown in the caller's time zone."""

    expected: ClassVar[str] = "datetime"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> str:
        moment = parse_moment(value, org.time_zone) if isinstance(value, str) else None
        if moment is None:
            raise self.invalid(path)
        return format_moment(moment)

    def show(self, org: Organisation, value: Any, zone: str) -> Any:
        return localize(value, zone)


@dataclass(frozen=True)
class Choice(ValueType):
    """One of a fixed set of values."""

    values: tuple[Any, ...] = ()
    expected: ClassVar[str] = "string"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> Any:
        if value not in self.values:
            raise path.invalid(supported_values=list(self.values))
        return value


def one_of(*values: Any, **options: Any) -> Choice:
    """Make a choice between these values."""
    return Choice(values, **options)


@dataclass(frozen=True)
class ListOf(ValueType):
    """A list of values of one type."""

    of: ValueType = field(default_factory=ValueType)
    max_length: int | None = None
    min_length: int = 0
    expected: ClassVar[str] = "jsonarray"

    def read(self, org: Organisation, value: Any, path: JSONPath) -> list[Any]:
        if not isinstance(value, list):
            raise self.invalid(path)
        if self.max_length is not None and len(value) > self.max_length:
            raise path.invalid(maximum_length=self.max_length)
        if len(value) < self.min_length:
            raise path.invalid(minimum_length=self.min_length)
        return [self.of.read(org, item, path.child(index)) for index, item in enumerate(value)]

    def show(self, org: Organisation, value: Any, zone: str) -> list[Any]:
        return [self.of.show(org, item, zone) for item in value]


@dataclass(frozen=True)
class JSONObject(ValueType):
    """An object with declared keys; any others are kept as they are."""

    keys: Mapping[str, ValueType] = field(default_factory=dict)

    def read(self, org: Organisation, value: Any, path: JSONPath) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.invalid(path)
        read = dict(value)
        for name, value_type in self.keys.items():
            if value.get(name) is not None:
                read[name] = value_type.read(org, value[name], path.child(name))
            elif value_type.required:
                raise path.child(name).missing()
        return read

    def show(self, org: Organisation, value: Any, zone: str) -> dict[str, Any]:
        return {
            name: self.keys[name].show(org, item, zone)
            if name in self.keys and item is not None
            else item
            for name, item in value.items()
        }


def shape(_options: Mapping[str, Any] | None = None, /, **keys: ValueType) -> JSONObject:
    """Make an object with these keys; the first argument has options of the object itself."""
    return JSONObject(keys, **(_options or {}))


class Criteria(ValueType):
    """The criteria of a rule: a condition on a field, or a group of such criteria."""

    def read(self, org: Organisation, value: Any, path: JSONPath) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.invalid(path)
        if "group" in value:
            members = path.child("group")
            if not isinstance(value["group"], list):
                raise members.invalid(expected_data_type=ListOf.expected)
            for index, member in enumerate(value["group"]):
                self.read(org, member, members.child(index))
        elif not isinstance(value.get("field") or {}, dict):
            raise self.invalid(path.child("field"))
        return value


@dataclass(frozen=True)
class Reference(ValueType):
    """A reference to an existing object: a user, a role, a module, or an item of ``to``.

    ``shows`` are the keys that responses show of it.
    """

    to: str = ""
    shows: tuple[str, ...] = ("name", "id")

    def read(self, org: Organisation, value: Any, path: JSONPath) -> str:
        target = references.TARGETS.get(self.to)
        for key in target.keys if target else ("api_name", "name"):
            if isinstance(value, dict) and "id" not in value and isinstance(value.get(key), str):
                target_id = references.find_by_key(org, self.to, key, value[key])
                if target_id is None:
                    raise path.child(key).invalid()
                return target_id
        found_id = reference_id(value, path)
        if references.find(org, self.to, found_id) is None:
            raise path.child("id").unknown_id()
        return found_id

    def show(self, org: Organisation, value: Any, zone: str) -> dict[str, Any] | None:
        target = references.find(org, self.to, value)
        return None if target is None else {key: target.get(key) for key in self.shows}


def user(**options: Any) -> Reference:
    """Make a reference to a user."""
    return Reference("users", **options)


def module(**options: Any) -> Reference:
    """Make a reference to a module, by API name or id."""
    return Reference("modules", ("api_name", "id"), **options)
