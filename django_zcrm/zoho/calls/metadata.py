"""A short-lived cache of an organisation's metadata, and the parsed fields of modules.

One cache serves one connection; the creator of the sessions decides how long it lives.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


LIFE = 600.0
"""Seconds after which lists called without `fields` include a field that was added in Zoho."""

RELATED_MODULES = {
    "Contact_Roles": "Contacts",
    "Calls_History": "Calls",
    "Events_History": "Events",
    "Invited_Events": "Events",
    "Tasks_History": "Tasks",
}
"""Standard related lists that are not named after the module whose records they hold."""


class MetadataCache:
    """A small thread-safe dictionary whose entries expire."""

    def __init__(self, life: float = LIFE, clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, ...], tuple[float, Any]] = {}
        self._thread_locks = defaultdict[str, threading.Lock](threading.Lock)
        # Only the holder and the waiting tasks reference a lock, and with it the event loop.
        self._task_locks: WeakValueDictionary[
            tuple[asyncio.AbstractEventLoop, str], asyncio.Lock
        ] = WeakValueDictionary()

    def get(self, key: tuple[str, ...]) -> Any:
        """Return the value of a key; None when there is none or it has expired."""
        with self._lock:
            until, value = self._entries.get(key, (0.0, None))
        return value if until > self._clock() else None

    def put(self, key: tuple[str, ...], value: Any) -> None:
        """Store a value under a key until it expires."""
        with self._lock:
            self._entries[key] = (self._clock() + self._life, value)

    def thread_lock(self, module: str) -> threading.Lock:
        """Return the lock to hold while requesting a module's metadata, once for all threads."""
        with self._lock:
            return self._thread_locks[module]

    def task_lock(self, module: str) -> asyncio.Lock:
        """Return the same lock for the tasks of the running event loop."""
        import asyncio  # already loaded when this runs; at the top, it would slow down the import

        key = asyncio.get_running_loop(), module
        with self._lock:
            return self._task_locks.setdefault(key, asyncio.Lock())

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()


@dataclass(frozen=True, slots=True)
class FieldMetadata:
    """A field of a module.

    `data_type` is Zoho's type. For a formula or a roll-up (`is_computed`), it is the type of the
    result; for tags, it is `tags`. `modules` are those that a lookup refers to.
    """

    api_name: str
    data_type: str
    modules: tuple[str, ...] = ()
    is_computed: bool = False
    is_encrypted: bool = False
    is_rich_text: bool = False
    is_unique: bool = False
    is_custom: bool = False


ID = FieldMetadata("id", "id", is_unique=True)
"""The field that every record has; metadata lists it from v4 on, as a bigint."""


MAX_NAMES = 1_000
"""Names that a NameCache holds."""


class NameCache(dict[str, T]):
    """A cache by name; the names may come from users. When it is full, it is emptied.

    So requests with ever new names use limited memory.
    """

    def __setitem__(self, name: str, value: T) -> None:
        if len(self) >= MAX_NAMES:
            self.clear()
        super().__setitem__(name, value)


class ModuleFields:
    """The fields of one module by API name; iteration yields the fields in the metadata."""

    def __init__(self, module: str, fields: Iterable[FieldMetadata]) -> None:
        self.module = module
        own_fields = [ID if field.api_name == ID.api_name else field for field in fields]
        self._listed = tuple(own_fields)
        self._fields = {field.api_name: field for field in (*own_fields, ID)}
        self._split: NameCache[tuple[FieldMetadata, str] | None] = NameCache()
        self.resolved_names: NameCache[Any] = NameCache()
        """A cache of resolved names, for `query.compile.fields`."""
        self.read_paths: list[Any] | None = None
        """The paths of the fields that records have by default, cached by `query.compile.query`."""
        self.listed_names: str | None = None
        """The encoded names of the fields to list by default, cached by `lookups`."""

    def __iter__(self) -> Iterator[FieldMetadata]:
        return iter(self._listed)

    def __getitem__(self, name: str) -> FieldMetadata:
        return self._fields[name]

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def split(self, name: str) -> tuple[FieldMetadata, str] | None:
        """Split `Company__icontains` into a field and the rest; None for an unknown field.

        The longest field wins, since Zoho's own names contain `__` (`Locked__s`). A dot is a
        separator, too.
        """
        try:  # atomic, because other threads may empty the cache in the meantime
            return self._split[name]
        except KeyError:
            split = self._split[name] = self._find_split(name)
            return split

    def _find_split(self, name: str) -> tuple[FieldMetadata, str] | None:
        parts = name.replace(".", "__").split("__")
        for end in range(len(parts), 0, -1):
            field = self._fields.get("__".join(parts[:end]))
            if field is not None:
                return field, "__".join(parts[end:])
        return None


_RESULTS = {"string": "text", "number": "double", "decimal": "double"}
"""Types of formulas that metadata spells in another way than types of fields."""


def read_fields(module: str, rows: Iterable[Mapping[str, Any]]) -> ModuleFields:
    """Read the response of settings/fields, in the form of any version."""
    return ModuleFields(module, [_field(row) for row in rows if row.get("api_name")])


def dump_fields(fields: ModuleFields) -> dict[str, Any]:
    """Return a module's fields as JSON values, for `load_fields`: by name, as short as possible."""
    dumped: dict[str, Any] = {}
    for field in fields:
        values = {
            name: value for name in FieldMetadata.__slots__ if (value := getattr(field, name))
        }
        name, data_type = values.pop("api_name"), values.pop("data_type", "")
        dumped[name] = {"data_type": data_type, **values} if values else data_type
    return dumped


def load_fields(module: str, dumped: Mapping[str, Any]) -> ModuleFields:
    """Return the fields that `dump_fields` wrote."""
    fields = []
    for name, about in dumped.items():
        values = dict(about) if isinstance(about, Mapping) else {"data_type": about}
        values["modules"] = tuple(values.get("modules", ()))
        fields.append(FieldMetadata(name, **values))
    return ModuleFields(module, fields)


def _field(row: Mapping[str, Any]) -> FieldMetadata:
    data_type = str(row.get("data_type") or "")
    result = _result_type(row)
    if result:
        data_type = _RESULTS.get(result.lower(), result.lower())
    elif data_type in ("text", "bigint") and row.get("json_type") == "jsonarray":
        # Tags, the line items of v2 and the participants of a meeting are also described so.
        data_type = "tags" if row.get("api_name") == "Tag" else "subform"
    textarea = row.get("textarea")
    return FieldMetadata(
        api_name=str(row["api_name"]),
        data_type=data_type,
        modules=tuple(_modules(row)),
        is_computed=bool(result),
        is_encrypted=bool(row.get("crypt")),
        is_rich_text=isinstance(textarea, Mapping) and textarea.get("type") == "rich_text",
        is_unique=bool(row.get("unique")),
        is_custom=bool(row.get("custom_field")),
    )


def _result_type(row: Mapping[str, Any]) -> str:
    for key in ("formula", "rollup_summary"):
        about = row.get(key)
        if isinstance(about, Mapping) and isinstance(return_type := about.get("return_type"), str):
            return return_type
    return ""


def _modules(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the modules to which a lookup refers: by name in v2, as objects later."""
    lookup = row.get("lookup")
    several = row.get("multi_module_lookup")
    entries = [lookup.get("module")] if isinstance(lookup, Mapping) else []
    if isinstance(several, Mapping) and isinstance(several.get("modules"), list):
        entries += several["modules"]
    for module in entries:
        name = module.get("api_name") if isinstance(module, Mapping) else module
        if isinstance(name, str) and name:
            yield name
