"""Makes records in the emulator, complete as far as Zoho demands it, for tests to begin with."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django_zcrm.emulator import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.rendering import Renderer
from django_zcrm.emulator.engine.saving import Stamp, insert
from django_zcrm.emulator.engine.validation import check
from django_zcrm.emulator.engine.values import JSONPath, stored_moment
from django_zcrm.emulator.seed.generated import maker
from django_zcrm.emulator.state.field import LOOKUP_TYPES, USER_TYPES, Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.store import Record

VERSION = 8
_NAMED = ("First_Name", "Last_Name", "Email", "Phone", "Company", "City", "Country", "Designation")


class Factory:
    """Makes records of one organisation, and shows them as API v8 does."""

    def __init__(self, org: Organisation) -> None:
        self.org = org
        self._renderers: dict[str, Renderer] = {}

    @property
    def user(self) -> User:
        """The first user, to whom records belong unless they say otherwise."""
        return next(iter(self.org.users.values()))

    def module(self, name: str) -> Module:
        """Return a module. Raises LookupError for an unknown one."""
        metadata: Module | None = self.org.metadata.modules.get(name)
        if metadata is None:
            known = ", ".join(self.org.metadata.modules)
            raise LookupError(f"there is no module {name!r}; there are {known}")
        return metadata

    def create(self, name: str, values: Mapping[str, Any]) -> Record:
        """Make one record; what Zoho demands and `values` lack is made up.

        Raises ValueError for what Zoho would refuse, LookupError for unknown names.
        """
        module = self.module(name)
        number = len(self.org.records.table(name))
        for key in values:
            if key not in module.field_map and not key.startswith("$"):
                raise LookupError(f"{name} has no field {key!r}")
        sent = {
            key: self._sent(module.field_map.get(key), value, number)
            for key, value in values.items()
        }
        item = {**self._made_up(module, sent, number), **sent}
        created = _moment(sent.get("Created_Time")) or self.org.clock.now()
        stamp = Stamp(self.org.ids.next, stored_moment(created))
        try:
            path = JSONPath(dialect(VERSION), name, "$")
            validated = check(self.org, module, item, path, None, self.user)
        except Problem as problem:
            raise ValueError(f"{name}: {problem.message} {problem.details}") from None
        record = insert(self.org, module, validated, self.user, stamp)
        modified = _moment(sent.get("Modified_Time"))
        if modified is not None:
            record = {**record, "Modified_Time": stored_moment(modified)}
            self.org.records.put(name, record)
        return self.shown(module, record)

    def shown(self, module: Module, record: Record) -> Record:
        """Return a stored record as the API shows it to the first user."""
        # One for many records: it takes longer to make than to use.
        renderer = self._renderers.get(module.api_name)
        if renderer is None:
            request = Request.build("GET", f"/crm/v{VERSION}/{module.api_name}")
            request.user = self.user
            renderer = Renderer(self.org, request, module, children=True)
            self._renderers[module.api_name] = renderer
        return renderer.row(record)

    def find(self, name: str, record_id: str) -> Record | None:
        """Return a record as it is now; None when there is none (any more)."""
        module = self.module(name)
        record = self.org.records.table(name).get(record_id)
        return None if record is None else self.shown(module, record)

    def all(self, name: str) -> list[Record]:
        """Return all records of a module as they are now, oldest first."""
        module = self.module(name)
        return [self.shown(module, row) for row in self.org.records.table(name).rows.values()]

    def _made_up(self, module: Module, given: Mapping[str, Any], number: int) -> Record:
        chance = random.Random(number)  # noqa: S311
        item: Record = {}
        for field in module.fields_in(VERSION):
            if field.api_name in given or field.read_only:
                continue
            if field.mandatory and field.values:
                item[field.api_name] = field.values[0].actual_value
            elif field.mandatory and field.data_type == "lookup":
                item[field.api_name] = {"id": self.create(str(field.lookup), {})["id"]}
            elif field.mandatory and field.data_type == "subform":
                rows = self.module(str(field.subform))
                item[field.api_name] = [self._made_up(rows, {}, number)]
            elif field.mandatory or field.api_name in _NAMED:
                make = maker(field)
                if make is not None:
                    item[field.api_name] = make(number, chance)
        return item

    def _sent(self, field: Field | None, value: Any, number: int) -> Any:
        """Return a value as a request would send it; what can be called is asked with a number."""
        if callable(value):
            value = value(number)
        if field is None or value is None:
            return value
        if field.data_type in LOOKUP_TYPES or field.data_type in USER_TYPES:
            return {"id": value["id"] if isinstance(value, Mapping) else str(value)}
        if isinstance(value, datetime):
            return stored_moment(value)
        return value.isoformat() if hasattr(value, "isoformat") else value


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
