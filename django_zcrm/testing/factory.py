"""Makes records in the emulator, complete as far as Zoho demands it, for tests to begin with."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django_zcrm.emulator import Refusal
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.rendering import Renderer
from django_zcrm.emulator.engine.saving import Stamp, insert
from django_zcrm.emulator.engine.validation import check
from django_zcrm.emulator.engine.values import JSONPath, format_moment
from django_zcrm.emulator.seed.generated import maker
from django_zcrm.emulator.state.field import LOOKUP_TYPES, USER_TYPES, Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.store import StoredRecord

VERSION = 8
_NAMED = ("First_Name", "Last_Name", "Email", "Phone", "Company", "City", "Country", "Designation")


class Factory:
    """Makes records of one organisation, and shows them as API v8 does."""

    def __init__(self, org: Organisation) -> None:
        self.org = org
        self._renderers: dict[str, Renderer] = {}

    @property
    def user(self) -> User:
        """The first user, who owns records by default."""
        return next(iter(self.org.users.values()))

    def module(self, name: str) -> Module:
        """Return a module. Raises LookupError for an unknown one."""
        metadata: Module | None = self.org.metadata.modules.get(name)
        if metadata is None:
            names = ", ".join(self.org.metadata.modules)
            raise LookupError(f"there is no module {name!r}; there are {names}")
        return metadata

    def create(self, name: str, values: Mapping[str, Any]) -> StoredRecord:
        """Make one record; values that Zoho requires and `values` lack are generated.

        Raises ValueError for values that Zoho would refuse, LookupError for unknown names.
        """
        module = self.module(name)
        number = len(self.org.records.table(name))
        for key in values:
            if key not in module.field_map and not key.startswith("$"):
                raise LookupError(f"{name} has no field {key!r}")
        converted_values = {
            key: self._convert_value(module.field_map.get(key), value, number)
            for key, value in values.items()
        }
        item = {**self._make_values(module, converted_values, number), **converted_values}
        zone = self.org.time_zone
        created = _moment(converted_values.get("Created_Time"), zone) or self.org.clock.now()
        stamp = Stamp(self.org.ids.next, format_moment(created))
        try:
            path = JSONPath(dialect(VERSION), name, "$")
            validated = check(self.org, module, item, path, None, self.user)
        except Refusal as refusal:
            raise ValueError(f"{name}: {refusal.message} {refusal.details}") from None
        record = insert(self.org, module, validated, self.user, stamp)
        modified = _moment(converted_values.get("Modified_Time"), zone)
        if modified is not None:
            record = {**record, "Modified_Time": format_moment(modified)}
            self.org.records.put(name, record)
        return self.render(module, record)

    def render(self, module: Module, record: StoredRecord) -> StoredRecord:
        """Return a stored record as the API shows it to the first user."""
        # One for many records, because creating it takes longer than using it.
        renderer = self._renderers.get(module.api_name)
        if renderer is None:
            request = Request.build("GET", f"/crm/v{VERSION}/{module.api_name}")
            request.user = self.user
            renderer = Renderer(self.org, request, module, children=True)
            self._renderers[module.api_name] = renderer
        return renderer.row(record)

    def find(self, name: str, record_id: str) -> StoredRecord | None:
        """Return the current state of a record; None if there is none (any more)."""
        module = self.module(name)
        record = self.org.records.table(name).get(record_id)
        return None if record is None else self.render(module, record)

    def all(self, name: str) -> list[StoredRecord]:
        """Return the current state of all records of a module, oldest first."""
        module = self.module(name)
        return [self.render(module, row) for row in self.org.records.table(name).rows.values()]

    def _make_values(self, module: Module, values: Mapping[str, Any], number: int) -> StoredRecord:
        chance = random.Random(number)  # noqa: S311
        item: StoredRecord = {}
        for field in module.fields_in(VERSION):
            if field.api_name in values or field.read_only:
                continue
            if field.mandatory and field.values:
                item[field.api_name] = field.values[0].actual_value
            elif field.mandatory and field.data_type == "lookup":
                item[field.api_name] = {"id": self.create(str(field.lookup), {})["id"]}
            elif field.mandatory and field.data_type == "subform":
                rows = self.module(str(field.subform))
                item[field.api_name] = [self._make_values(rows, {}, number)]
            elif field.mandatory or field.api_name in _NAMED:
                make = maker(field)
                if make is not None:
                    item[field.api_name] = make(number, chance)
        return item

    def _convert_value(self, field: Field | None, value: Any, number: int) -> Any:
        """Return a value in the form of a request; a callable is called with a number."""
        if callable(value):
            value = value(number)
        if field is None or value is None:
            return value
        if field.data_type in LOOKUP_TYPES or field.data_type in USER_TYPES:
            return {"id": value["id"] if isinstance(value, Mapping) else str(value)}
        if isinstance(value, datetime):
            return format_moment(value)
        return value.isoformat() if hasattr(value, "isoformat") else value


def _moment(value: Any, zone: str) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
