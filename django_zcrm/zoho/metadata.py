"""A short-lived cache of an organisation's metadata, and what it says about a module's fields.

One cache serves one connection; whoever creates the sessions decides how long it lives.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import asyncio

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
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}
        self._thread_locks = defaultdict[str, threading.Lock](threading.Lock)
        # A lock is kept by those who hold it or wait for it, and its event loop with it.
        self._task_locks: WeakValueDictionary[
            tuple[asyncio.AbstractEventLoop, str], asyncio.Lock
        ] = WeakValueDictionary()

    def get(self, key: tuple[str, ...]) -> Any:
        """Return the value of a key; None when there is none or it has expired."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        return value if until > self._clock() else None

    def put(self, key: tuple[str, ...], value: Any) -> None:
        """Store a value under a key until it expires."""
        with self._lock:
            self._kept[key] = (self._clock() + self._life, value)

    def thread_lock(self, module: str) -> threading.Lock:
        """Return the lock to hold while requesting a module's metadata, once for all threads."""
        with self._lock:
            return self._thread_locks[module]

    def task_lock(self, module: str) -> asyncio.Lock:
        """Return the same for the tasks of the running event loop."""
        import asyncio  # there by now, and otherwise as slow to load as the client

        key = asyncio.get_running_loop(), module
        with self._lock:
            return self._task_locks.setdefault(key, asyncio.Lock())

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a module.

    `data_type` is Zoho's; of a formula or a roll-up it is the type of the result (`is_computed`
    tells), and tags have one of their own, `tags`. `modules` are those that a lookup leads to.
    """

    api_name: str
    data_type: str
    modules: tuple[str, ...] = ()
    is_computed: bool = False
    is_encrypted: bool = False
    is_rich_text: bool = False
    is_unique: bool = False


ID = Field("id", "id", is_unique=True)
"""The field that every record has; metadata lists it from v4 on, as a bigint."""


class ModuleFields:
    """The fields of one module by API name; iterating yields those that metadata lists."""

    def __init__(self, module: str, fields: Iterable[Field]) -> None:
        self.module = module
        listed = [ID if field.api_name == ID.api_name else field for field in fields]
        self._listed = tuple(listed)
        self._fields = {field.api_name: field for field in (*listed, ID)}
        self._split: dict[str, tuple[Field, str] | None] = {}
        self.resolved_names: dict[str, Any] = {}
        """A cache of resolved names, for `query.fields`."""

    def __iter__(self) -> Iterator[Field]:
        return iter(self._listed)

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def split(self, name: str) -> tuple[Field, str] | None:
        """Split `Company__icontains` into a field and what follows it; None for an unknown field.

        The longest field wins, since Zoho's own names contain `__` (`Locked__s`). A dot separates
        too.
        """
        if name not in self._split:
            self._split[name] = self._split_anew(name)
        return self._split[name]

    def _split_anew(self, name: str) -> tuple[Field, str] | None:
        parts = name.replace(".", "__").split("__")
        for end in range(len(parts), 0, -1):
            field = self._fields.get("__".join(parts[:end]))
            if field is not None:
                return field, "__".join(parts[end:])
        return None


_RESULTS = {"string": "text", "number": "double", "decimal": "double"}
"""Types of formulas that metadata spells in another way than types of fields."""


def read_fields(module: str, rows: Iterable[Mapping[str, Any]]) -> ModuleFields:
    """Read the reply of settings/fields, in the form of any version."""
    return ModuleFields(module, [_field(row) for row in rows if row.get("api_name")])


def _field(row: Mapping[str, Any]) -> Field:
    data_type = str(row.get("data_type") or "")
    result = _result_type(row)
    if result:
        data_type = _RESULTS.get(result.lower(), result.lower())
    elif data_type == "text" and row.get("json_type") == "jsonarray":
        data_type = "tags"
    textarea = row.get("textarea")
    return Field(
        api_name=str(row["api_name"]),
        data_type=data_type,
        modules=tuple(_modules(row)),
        is_computed=bool(result),
        is_encrypted=bool(row.get("crypt")),
        is_rich_text=isinstance(textarea, Mapping) and textarea.get("type") == "rich_text",
        is_unique=bool(row.get("unique")),
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
    named = [lookup.get("module")] if isinstance(lookup, Mapping) else []
    if isinstance(several, Mapping) and isinstance(several.get("modules"), list):
        named += several["modules"]
    for module in named:
        name = module.get("api_name") if isinstance(module, Mapping) else module
        if isinstance(name, str) and name:
            yield name
