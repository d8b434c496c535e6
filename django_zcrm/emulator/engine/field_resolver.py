"""Resolves COQL paths (lookups joined by dots) to a field and the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core import Refusal, Request
from ..guesses import behaves
from ..state import LOOKUP_TYPES, USER_TYPES, Field, Module, Organisation, StoredRecord
from ..state.field import FILE_TYPES
from .criteria import Read
from .rendering import Renderer, localize, reference, user_reference

MAX_RELATIONS = 2
"""Lookups in one path (COQL limitations page; v7 and v8 mention more, but give no syntax)."""

NAMED_LOOKUPS = 7.0
"""From this version on a lookup column is {name, id}; before, just {id}."""

_TEXT_OF_USERS = {
    "name": "full_name",
    "full_name": "full_name",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
}


@dataclass(frozen=True, slots=True)
class ResolvedField:
    """A resolved path: its type, and the functions that read and render its value."""

    path: str
    value_type: str
    read: Read
    render: Read
    #: The field, if it belongs to the queried module itself (a path without a dot).
    own_field: Field | None = None


def unknown_column(path: str, module: str) -> Refusal:
    """Return Zoho's error for a column."""
    return Refusal(
        "INVALID_QUERY",
        "column given seems to be invalid",
        details={"column_name": path, "module": module},
    )


class FieldResolver:
    """Resolves paths for one caller, each path only once."""

    def __init__(self, org: Organisation, request: Request, module: Module) -> None:
        self.org = org
        self.request = request
        self.module = module
        self._resolved: dict[str, ResolvedField] = {}

    def resolve(self, path: str) -> ResolvedField:
        """Resolve a path. Raises Refusal INVALID_QUERY when it leads nowhere."""
        field = self._resolved.get(path)
        if field is None:
            field = self._resolved[path] = self._resolve(path)
        return field

    def _resolve(self, path: str) -> ResolvedField:
        if path == "id":
            return ResolvedField(path, "id", _make_getter("id"), _make_getter("id"))
        steps = path.removeprefix("!").split(".")
        if steps[-1] == "id" and len(steps) > 1:
            steps.pop()  # a lookup compares by id anyway
            by_id = True
        else:
            by_id = False
        if len(steps) - 1 > MAX_RELATIONS and not behaves("coql.lookups-in-path", "taken"):
            raise Refusal(
                "LIMIT_EXCEEDED",
                "the number of relations in a column exceeds the limit",
                details={"by": "join", "limit": MAX_RELATIONS, "column_name": path},
            )
        module, reads = self.module, list[Read]()
        for position, step in enumerate(steps):
            step, _, target = step.partition("->")
            field = self._field(module, step, path)
            rest = steps[position + 1 :]
            if field.data_type in USER_TYPES and rest:
                return self._user(path, [*reads, _make_getter(field.api_name)], rest, by_id=by_id)
            reads.append(self._restrict_to(target, _make_getter(field.api_name)))
            if not rest:
                return self._make_resolved_field(path, module, field, reads, by_id=by_id)
            if rest == ["module", "api_name"] and field.data_type == "multi_module_lookup":
                home = _chain([*reads, self.org.records.homes.get])
                return ResolvedField(path, "text", home, home)
            module = self._target(field, target, path)
        raise unknown_column(path, self.module.api_name)

    def _field(self, module: Module, name: str, path: str) -> Field:
        for field in module.fields_in(self.request.version):
            if field.name_in(self.request.version) == name:
                return field
        raise unknown_column(path, module.api_name)

    def _target(self, field: Field, target: str, path: str) -> Module:
        if field.data_type == "multi_module_lookup":
            if target not in field.lookup_modules and field.lookup_modules:
                raise unknown_column(path, self.module.api_name)
        elif field.data_type in LOOKUP_TYPES and not target:
            target = field.lookup or ""
        module: Module | None = self.org.metadata.modules.get(target)
        if module is None:
            raise unknown_column(path, self.module.api_name)
        return module

    def _restrict_to(self, target: str, read: Read) -> Read:
        """Read an id only if it belongs to a record of the module after the arrow."""
        homes = self.org.records.homes
        if not target:
            return read
        return lambda record: record_id if homes.get(record_id := read(record)) == target else None

    def _make_resolved_field(
        self, path: str, module: Module, field: Field, reads: list[Read], *, by_id: bool
    ) -> ResolvedField:
        stored = _through(reads, self.org)
        is_reference = field.data_type in LOOKUP_TYPES or field.data_type in USER_TYPES
        if by_id and not is_reference:
            raise unknown_column(path, self.module.api_name)
        own_field = field if len(reads) == 1 else None
        if by_id:
            return ResolvedField(path, field.value_type, stored, stored, own_field)
        if field.is_list_of_tags or field.data_type in FILE_TYPES:
            # Tags and files are stored as ids, but shown as in any other response.
            value_type = "tags" if field.is_list_of_tags else field.data_type
            rendered = _through([*reads[:-1], self._as_in_records(module, field)], self.org)
            return ResolvedField(path, value_type, stored, rendered, own_field)
        if is_reference:
            return ResolvedField(
                path, field.value_type, stored, self._reference(field, stored), own_field
            )
        if field.value_type == "datetime":
            zone = self.request.user.time_zone
            return ResolvedField(
                path,
                "datetime",
                stored,
                _render_with(stored, lambda it: localize(it, zone)),
                own_field,
            )
        if field.default == ():
            return ResolvedField(
                path, field.value_type, stored, lambda record: stored(record) or [], own_field
            )
        return ResolvedField(path, field.value_type, stored, stored, own_field)

    def _as_in_records(self, module: Module, field: Field) -> Read:
        name = field.name_in(self.request.version)
        renderer = Renderer(self.org, self.request, module, [name], children=True)
        if field.is_list_of_tags and behaves("coql.tags", "names"):
            return lambda record: [tag["name"] for tag in renderer.row(record)[name]]
        return lambda record: renderer.row(record)[name]

    def _reference(self, field: Field, stored: Read) -> Read:
        org, has_name = self.org, self.request.version >= NAMED_LOOKUPS
        if field.data_type == "multi_module_lookup" or not has_name:
            return _render_with(stored, lambda thing_id: {"id": thing_id})
        if field.data_type in USER_TYPES:

            def user(thing_id: str) -> dict[str, Any] | None:
                person = user_reference(org, thing_id)
                return None if person is None else {"name": person["name"], "id": thing_id}

            return _render_with(stored, user)
        return _render_with(stored, lambda thing_id: reference(org, thing_id))

    def _user(self, path: str, reads: list[Read], rest: list[str], *, by_id: bool) -> ResolvedField:
        """Resolve `Owner.email`, `Owner.role.name`, `Owner.profile.id`: users are not records."""
        org = self.org
        if len(rest) == 1 and rest[0] in _TEXT_OF_USERS and not by_id:
            key = _TEXT_OF_USERS[rest[0]]
            read = _chain([*reads, lambda user_id: getattr(org.users.get(user_id), key, None)])
            return ResolvedField(path, "text", read, read)
        if rest[0] not in ("role", "profile") or rest[1:] not in ([], ["name"]):
            raise unknown_column(path, self.module.api_name)
        key, book = f"{rest[0]}_id", org.roles if rest[0] == "role" else org.profiles
        reads.append(lambda user_id: getattr(org.users.get(user_id), key, None))
        if rest[1:] == ["name"]:
            read = _chain([*reads, lambda user_id: book.get(user_id, {}).get("name")])
            return ResolvedField(path, "text", read, read)
        read = _chain(reads)
        return ResolvedField(path, "lookup", read, read)


def _make_getter(name: str) -> Read:
    return lambda record: record.get(name)


def _render_with(stored: Read, show: Callable[[Any], Any]) -> Read:
    def read(record: StoredRecord) -> Any:
        value = stored(record)
        return None if value is None else show(value)

    return read


def _chain(reads: list[Read]) -> Read:
    """Apply the reads one after the other; stop at None."""
    first, *rest = reads

    def read(record: StoredRecord) -> Any:
        value = first(record)
        for step in rest:
            if value is None:
                return None
            value = step(value)
        return value

    return read


def _through(reads: list[Read], org: Organisation) -> Read:
    """Read a field through lookups; every read but the last returns an id."""
    if len(reads) == 1:
        return reads[0]
    records = org.records

    def follow(read: Read) -> Read:
        return lambda record_id: (
            None if (record := records.get(record_id)) is None else read(record)
        )

    return _chain([reads[0], *(follow(read) for read in reads[1:])])
