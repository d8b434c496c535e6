"""Records: classes declared like models, whose instances are rows of a module."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django_zcrm import exceptions
from django_zcrm.zoho.errors import ConfigurationError, NotFound
from django_zcrm.zoho.query.model import read_system_fields
from django_zcrm.zoho.query.steps import Perform, QueryPlan, RecordSource
from django_zcrm.zoho.query.templates import alters_data
from django_zcrm.zoho.resources.records import Records

from .fields import Field
from .manager import Objects
from .meta import RecordMeta, register_class

if TYPE_CHECKING:
    from django_zcrm.zoho.client import Client
    from django_zcrm.zoho.operations.results import Outcome
    from django_zcrm.zoho.resources.record_actions import Trigger

CREATE = Records.create_one.operation  # type: ignore[attr-defined]
UPDATE = Records.update_one.operation  # type: ignore[attr-defined]
DELETE = Records.delete_one.operation  # type: ignore[attr-defined]
GET = Records.get.operation  # type: ignore[attr-defined]

_NOTHING = ...
"""The former value of a field that had none. Unlike `object()`, a copy of it is the same object."""


class Record:
    """A record of a module. Subclasses declare its fields, and the module in their class `Zoho`.

        class Lead(Record):
            last_name = Text("Last_Name", required=True)

            class Zoho:
                module = "Leads"

    `Lead.objects` has all records; `Lead(last_name="Wong").save()` creates one. A record keeps
    the client that read it, which `save`, `refresh` and `delete` use by default.
    """

    objects = Objects()
    _default_manager = Objects()

    _meta: ClassVar[RecordMeta]
    DoesNotExist: ClassVar[type[exceptions.DoesNotExist]]
    MultipleObjectsReturned: ClassVar[type[exceptions.MultipleObjectsReturned]]

    _row: dict[str, Any]
    """The values in Zoho's form, converted when they are read."""
    _source: RecordSource | None = None
    _is_new = False
    """Whether code created it: fields without a value are then empty, not unread."""
    _changed_before: dict[str, Any] | None = None
    _lists: dict[str, Any] | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._meta = RecordMeta.of(cls)
        for error_class in (exceptions.DoesNotExist, exceptions.MultipleObjectsReturned):
            name = error_class.__name__
            names = {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.{name}"}
            setattr(cls, name, type(name, (error_class,), names))
        register_class(cls)

    def __init__(self, **values: Any) -> None:
        self._row, self._is_new = {}, True
        fields = self._meta.fields
        unknown = [name for name in values if name not in fields and name != "id"]
        if unknown:
            raise TypeError(f"{type(self).__name__}() has no field {unknown[0]!r}")
        if values.get("id") is not None:
            self._row["id"] = str(values["id"])
        for name, value in values.items():
            if name != "id":
                self._assign(fields[name], value)

    @property
    def id(self) -> str:
        """Zoho's id; empty while the record is not in Zoho."""
        return str(self._row.get("id") or "")

    @property
    def pk(self) -> str:
        """The id."""
        return self.id

    def __getitem__(self, name: str) -> Any:
        """Return a value by its name, also one of another module: `lead["account__industry"]`.

        Raises KeyError for a field that was not fetched.
        """
        try:
            zoho_name = self._meta.zoho_name(name)
        except ConfigurationError:
            raise KeyError(name) from None  # templates try every name as a key first
        value = self._row[zoho_name]
        field = self._meta.fields.get(self._meta.label_of(zoho_name))
        if field is not None and field.conversion.is_changeable and value is not None:
            return self._list_of(field, value)
        read = self._meta.reader(zoho_name)
        return value if read is None else read(value)

    @property
    def _before(self) -> dict[str, Any]:
        """The former values of changed fields, in Zoho's form."""
        if self._changed_before is None:
            self._changed_before = {}
        return self._changed_before

    def _list_of(self, field: Field[Any, Any], value: Any) -> Any:
        """Return a list value: always the same object, which may be changed in place."""
        if self._lists is None:
            self._lists = {}
        if field.name not in self._lists:
            self._lists[field.name] = field.read(value)
        return self._lists[field.name]

    def _unread(self, field: Field[Any, Any]) -> Any:
        if self._is_new:
            return field.read(None)
        raise AttributeError(f"{field.label} was not read: name it in only(), or call refresh().")

    def _assign(self, field: Field[Any, Any], value: Any) -> None:
        if field.read_only:
            raise AttributeError(f"{field.label} is read-only: Zoho sets it.")
        if value is None and field.required:
            raise ConfigurationError(f"{field.label} is required, so it cannot be None.")
        new = field.to_zoho(value)
        old = self._row.get(field.name, _NOTHING)
        before = self._before.setdefault(field.name, old)
        if before is not _NOTHING and field.read(before) == field.read(new):
            del self._before[field.name]
        self._row[field.name] = new
        if self._lists is not None:
            self._lists.pop(field.name, None)

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """The names of the fields whose values changed since reading or saving."""
        return tuple(self._meta.label_of(name) for name in self._changes())

    def _changes(self) -> dict[str, Any]:
        """Return the values that changed, in Zoho's form."""
        lists = self._lists or {}
        for name, value in list(lists.items()):
            field = self._meta.field(name)
            if value != field.read(self._row[name]):
                self._assign(field, value)
                lists[name] = value  # it may be changed again
        return {name: self._row[name] for name in self._before}

    @alters_data
    def save(
        self,
        using: Client | None = None,
        *,
        unless_modified: bool = False,
        trigger: Sequence[Trigger] | None = None,
    ) -> Self:
        """Create the record, or send the fields that changed, if any; return the record.

        With `unless_modified`, Zoho refuses the call if the record was changed since its
        `Modified_Time` was read (Invalid, ALREADY_MODIFIED; v7 and later). `trigger=[]` runs no
        automation. Raises ConfigurationError when a required field is missing.
        """
        self._source_for(using).run(self._plan_save(unless_modified, trigger), "asave()")
        return self

    @alters_data
    async def asave(
        self,
        using: Client | None = None,
        *,
        unless_modified: bool = False,
        trigger: Sequence[Trigger] | None = None,
    ) -> Self:
        """Async version of `save`."""
        await self._source_for(using).arun(self._plan_save(unless_modified, trigger))
        return self

    def _plan_save(
        self, unless_modified: bool, trigger: Sequence[Trigger] | None
    ) -> QueryPlan[None]:
        values = self._changes()
        arguments: dict[str, Any] = {
            "module": self._meta.module,
            "record": values,
            "trigger": trigger,
        }
        if not self.id:
            arguments["record"] = self._to_zoho()  # one that was deleted has more than what changed
            self._meta.check_required(self._row)
            outcome = yield Perform(CREATE, arguments)
        elif not values:
            return
        else:
            since = self._read_modified_time() if unless_modified else None
            arguments |= {"id": self.id, "if_unmodified_since": since}
            outcome = yield Perform(UPDATE, arguments)
        self._learn(outcome)

    def _read_modified_time(self) -> datetime:
        text = self._row.get("Modified_Time")
        if not text:
            raise ConfigurationError(
                f"unless_modified needs the Modified_Time of this {type(self).__name__}: declare "
                "that field, and read it."
            )
        return datetime.fromisoformat(text)

    def _to_zoho(self, names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the id and these fields, or all writable fields, in Zoho's form."""
        self._changes()  # also records lists that were changed in place
        values: dict[str, Any] = {"id": self.id} if self.id else {}
        if names is None:
            names = [
                field.name
                for field in self._meta.fields.values()
                if not field.read_only and field.name in self._row
            ]
        for name in names:
            if name not in self._row:
                field = self._meta.field(name)
                if not self._is_new:
                    raise ConfigurationError(f"{field.label} was not read.")
            values[name] = self._row.get(name)
        return values

    def _learn(self, outcome: Outcome, names: Sequence[str] | None = None) -> None:
        """Set the values of Zoho's response; `names` are the written fields, by default all."""
        self._row["id"] = outcome.id or self.id
        field_names = {field.name for field in self._meta.fields.values()}
        self._row.update(
            (name, value)
            for name, value in read_system_fields(outcome).items()
            if name in field_names
        )
        if names is None:
            self._changed_before = None
        else:
            for name in names:
                self._before.pop(name, None)

    def refresh(self, using: Client | None = None) -> Self:
        """Read all declared fields again, dropping changes; return the record.

        Raises `DoesNotExist` when Zoho no longer has the record.
        """
        self._source_for(using).run(self._plan_refresh(), "arefresh()")
        return self

    async def arefresh(self, using: Client | None = None) -> Self:
        """Async version of `refresh`."""
        await self._source_for(using).arun(self._plan_refresh())
        return self

    def _plan_refresh(self) -> QueryPlan[None]:
        self._require_id()
        try:
            row = yield Perform(GET, {"module": self._meta.module, "id": self.id})
        except NotFound:
            raise self.DoesNotExist(f"This {type(self).__name__} is no longer in Zoho.") from None
        self._row, self._is_new = dict(row), False
        self._changed_before = self._lists = None

    @alters_data
    def delete(self, using: Client | None = None) -> None:
        """Move the record to Zoho's recycle bin, and clear its id."""
        self._source_for(using).run(self._plan_delete(), "adelete()")

    @alters_data
    async def adelete(self, using: Client | None = None) -> None:
        """Async version of `delete`."""
        await self._source_for(using).arun(self._plan_delete())

    def _plan_delete(self) -> QueryPlan[None]:
        self._require_id()
        yield Perform(DELETE, {"module": self._meta.module, "id": self.id})
        self._row = {name: value for name, value in self._row.items() if name != "id"}

    def _require_id(self) -> None:
        if not self.id:
            raise ConfigurationError(f"This {type(self).__name__} has not been saved.")

    def _source_for(self, using: Client | None) -> RecordSource:
        """Return the source for calls: that of `using`, else the source of this record."""
        if using is not None:
            self._source = using.objects(type(self)).source
        elif self._source is None and self.id:
            raise ConfigurationError(
                f"This {type(self).__name__} has no client, because it was unpickled or created "
                "directly: name one, as in save(using=crm)."
            )
        elif self._source is None:
            self._source = type(self).objects.all().source
        return self._source

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or other._meta.module != self._meta.module:
            return NotImplemented
        return self is other or (bool(self.id) and self.id == other.id)

    def __hash__(self) -> int:
        if not self.id:
            raise TypeError("A record without an id has no hash.")
        return hash(self.id)

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self))
        attributes = {
            "_row": dict(self._row),
            "_changed_before": dict(self._before),
            "_lists": deepcopy(self._lists),  # may contain unsaved changes
        }
        copied.__dict__ = {**self.__dict__, **attributes}
        return copied

    def __getstate__(self) -> dict[str, Any]:
        # Pickle without the client, which contains tokens.
        return {name: value for name, value in self.__dict__.items() if name != "_source"}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id or '(not saved)'}>"
