"""Checks one value against its field and converts it to the stored form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core import Dialect, Refusal
from ..guesses import behaves
from ..state import Field, Organisation

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[^\s@,;:<>()\[\]\\\".]+(\.[^\s@,;:<>()\[\]\\\".]+)+")
_PHONE = re.compile(r"[+]?[0-9a-zA-Z().,;#*/ \-]+")
_WEBSITE = re.compile(r"((https?|ftp)://)?[^\s/?#.@]+(\.[^\s/?#.]+)+(:\d+)?([/?#]\S*)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
#: With seconds and without milliseconds (Zoho docs v8 insert-records). Zoho's Node SDKs 7.0 and 8.0
#: write no other offset than `Z`; other clients send `+0000` or none, and succeed.
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_WITH_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_ID = re.compile(r"\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"\d{1,16}(\.\d+)?", re.ASCII)

_EXPECTED = {
    "currency": "double",
    "percent": "double",
    "textarea": "text",
    "autonumber": "text",
    "ownerlookup": "jsonobject",
    "userlookup": "jsonobject",
    "lookup": "jsonobject",
    "multi_module_lookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "fileupload": "jsonarray",
    "imageupload": "jsonarray",
    "picklist": "text",
}


@dataclass(frozen=True, slots=True)
class JSONPath:
    """Where a value is in the request: its field's name and its JSON path."""

    dialect: Dialect
    api_name: str
    path: str

    def child(self, name: str | int) -> JSONPath:
        """Return the place of a key or an item inside this value."""
        if isinstance(name, int):
            return JSONPath(self.dialect, self.api_name, f"{self.path}[{name}]")
        return JSONPath(self.dialect, name, f"{self.path}.{name}")

    def details(self, **more: Any) -> dict[str, Any]:
        """Return the details of an error; in v2 they have no path."""
        error_details = {"api_name": self.api_name, **more}
        if self.dialect.has_json_path:
            error_details["json_path"] = self.path
        return error_details

    def invalid(self, message: str = "invalid data", **more: Any) -> Refusal:
        """Return INVALID_DATA for the value at this place."""
        return Refusal("INVALID_DATA", message, details=self.details(**more))

    def unknown_id(self) -> Refusal:
        """Return INVALID_DATA for an unknown id at this place."""
        return self.invalid("the id given seems to be invalid")

    def missing(self) -> Refusal:
        """Return MANDATORY_NOT_FOUND for the value missing at this place."""
        return Refusal("MANDATORY_NOT_FOUND", "required field not found", details=self.details())


def is_id(text: Any) -> bool:
    """Return whether a value looks like one of Zoho's ids."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def parse(org: Organisation, field: Field, value: Any, path: JSONPath) -> Any:
    """Return the stored form of a value. Raises Refusal INVALID_DATA if it is not valid."""
    if value is None or value == "":
        return None
    return _PARSERS[field.data_type](org, field, value, path)


def parse_moment(text: str, zone: str) -> datetime | None:
    """Read a datetime; without an offset, it is in the given time zone.

    Return None for another format, or at the ends of the calendar.
    """
    if not _DATETIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    # It must be a valid datetime in other zones, too.
    if behaves("records.extreme-years", "taken"):
        return moment
    return moment if MINYEAR < moment.year < MAXYEAR else None


def format_moment(moment: datetime) -> str:
    """Return a datetime in the stored form: UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def parse_date(text: str) -> str | None:
    """Return a date unchanged if it is valid, else None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def _text(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    if not isinstance(value, str):
        raise path.invalid(expected_data_type=_EXPECTED.get(field.data_type, field.data_type))
    if len(value) > field.length:
        raise path.invalid(maximum_length=field.length)
    return value


def _make_pattern_parser(
    pattern: re.Pattern[str],
) -> Callable[[Organisation, Field, Any, JSONPath], str]:
    def check(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
        text = _text(org, field, value, path)
        if not pattern.fullmatch(text):
            raise path.invalid(expected_data_type=field.data_type)
        return text

    return check


def _integer(org: Organisation, field: Field, value: Any, path: JSONPath) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise path.invalid(expected_data_type="integer")
    if len(str(abs(value))) > field.length:
        raise path.invalid(maximum_length=field.length)
    return value


def _bigint(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(r"-?\d+", text):
        raise path.invalid(expected_data_type="bigint")
    if len(text.lstrip("-")) > field.length:
        raise path.invalid(maximum_length=field.length)
    return text


def _double(org: Organisation, field: Field, value: Any, path: JSONPath) -> float:
    if field.api_name == "Discount" and isinstance(value, str) and _NUMBER.fullmatch(value):
        # The discount of a line item is text in Zoho's SDKs.
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise path.invalid(expected_data_type="double")
    if len(str(abs(int(value)))) > field.length:
        raise path.invalid(maximum_length=field.length)
    return round(value, field.decimal_place) if field.decimal_place is not None else value


def _boolean(org: Organisation, field: Field, value: Any, path: JSONPath) -> bool:
    if not isinstance(value, bool):
        raise path.invalid(expected_data_type="boolean")
    return value


def _date(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    text = parse_date(value) if isinstance(value, str) else None
    if text is None:
        raise path.invalid(maximum_length=field.length, expected_data_type="date")
    return text


def _datetime(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    zone = "UTC" if behaves("records.datetime-without-offset", "utc") else org.time_zone
    moment = parse_moment(value, zone) if isinstance(value, str) else None
    has_offset = isinstance(value, str) and _WITH_OFFSET.search(value)
    if not has_offset and behaves("records.datetime-without-offset", "refused"):
        moment = None
    if moment is None:
        raise path.invalid(expected_data_type="datetime")
    return format_moment(moment)


def _picklist(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    if not isinstance(value, str):
        raise path.invalid(expected_data_type="text")
    choice = field.picklist_value(value)
    if choice is not None:
        return choice.actual_value
    if org.strict_picklists or behaves("records.picklist-values", "refused"):
        raise path.invalid(expected_data_type="picklist")
    # Zoho stores a value outside the list (recorded in v2).
    return _text(org, field, value, path)


def _multiselect(org: Organisation, field: Field, value: Any, path: JSONPath) -> list[str]:
    if not isinstance(value, list):
        raise path.invalid(expected_data_type="jsonarray")
    return [_picklist(org, field, item, path.child(index)) for index, item in enumerate(value)]


def reference_id(value: Any, path: JSONPath) -> str:
    """Return the id in a lookup value. Raises Refusal when there is none."""
    if isinstance(value, str) and path.dialect.takes_lookups_as_text:
        value = {"id": value}
    if not isinstance(value, dict):
        raise path.invalid(expected_data_type="jsonobject")
    thing_id = value.get("id")
    if thing_id is None:
        raise path.child("id").missing()
    # Old clients send ids as numbers; responses have strings (docs v2).
    thing_id = (
        str(thing_id) if isinstance(thing_id, int) and not isinstance(thing_id, bool) else thing_id
    )
    if not is_id(thing_id):
        raise path.child("id").invalid(expected_data_type="bigint")
    return str(thing_id)


def _lookup(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    record_id = reference_id(value, path)
    modules = (field.lookup,) if field.lookup else field.lookup_modules
    if org.records.homes.get(record_id) not in modules:
        raise path.invalid("the id given seems to be invalid", id=record_id)
    return record_id


def _user(org: Organisation, field: Field, value: Any, path: JSONPath) -> str:
    if isinstance(value, dict) and "id" not in value and isinstance(value.get("email"), str):
        user = org.user_by_email(value["email"])
    else:
        user = org.users.get(reference_id(value, path))
    if user is None or user.status not in ("active", "ACTIVE"):
        # v2 has no separate message for this (wp-fusion-lite, issue 17).
        raise path.invalid() if not path.dialect.has_json_path else path.unknown_id()
    return user.id


def _files(org: Organisation, field: Field, value: Any, path: JSONPath) -> list[str]:
    if not isinstance(value, list):
        raise path.invalid(expected_data_type="jsonarray")
    if len(value) > field.length:
        raise path.invalid(maximum_length=field.length)
    results = []
    for index, item in enumerate(value):
        child = path.child(index)
        if not isinstance(item, dict):
            raise child.invalid(expected_data_type="jsonobject")
        file_id = next((item[key] for key in ("File_Id__s", "file_id", "id") if key in item), None)
        if file_id is None:
            raise child.child("File_Id__s").missing()
        if not isinstance(file_id, str) or file_id not in org.records.blobs:
            raise child.child("File_Id__s").invalid("the id given seems to be invalid")
        results.append(file_id)
    return results


def _keep(org: Organisation, field: Field, value: Any, path: JSONPath) -> Any:
    types: tuple[type, ...] = (dict, str)
    if field.data_type == "multireminder":
        types = (list,) if behaves("records.reminders", "list") else (dict, str, list)
    if not isinstance(value, types):
        raise path.invalid(expected_data_type="jsonobject")
    return value


_PARSERS: dict[str, Callable[[Organisation, Field, Any, JSONPath], Any]] = {
    "text": _text,
    "textarea": _text,
    "email": _make_pattern_parser(_EMAIL),
    "phone": _make_pattern_parser(_PHONE),
    "website": _make_pattern_parser(_WEBSITE),
    "integer": _integer,
    "bigint": _bigint,
    "double": _double,
    "currency": _double,
    "percent": _double,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "picklist": _picklist,
    "multiselectpicklist": _multiselect,
    "lookup": _lookup,
    "multi_module_lookup": _lookup,
    "ownerlookup": _user,
    "userlookup": _user,
    "fileupload": _files,
    "imageupload": _files,
    "event_reminder": _keep,
    "multireminder": _keep,
    "ALARM": _keep,
    "RRULE": _keep,
}
