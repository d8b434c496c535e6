"""What a class of records declares, and how its names and values become Zoho's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.query.fields import LOOKUPS
from django_zcrm.zoho.query.model import Meta
from django_zcrm.zoho.query.query import UNLISTED_TYPES
from django_zcrm.zoho.query.steps import RecordSource

from .fields import Field

if TYPE_CHECKING:
    from django_zcrm.zoho.results import Outcome

    from .record import Record

_OPTIONS = ("module", "abstract", "complete")
_RECORD = f"{__package__}.record"
"""Where the class is whose attributes fields may not hide."""

_classes: dict[str, type[Record]] = {}
"""Classes of records by module path and name, for lookups that name theirs."""


def registered(record_class: type[Record]) -> None:
    """Note a class, so that lookups can name it."""
    _classes[f"{record_class.__module__}.{record_class.__qualname__}"] = record_class


def known_classes() -> list[type[Record]]:
    """Return the classes with a module that have been imported, by their paths."""
    return [
        record_class for _, record_class in sorted(_classes.items()) if record_class._meta.module
    ]


class RecordMeta(Meta):
    """The `_meta` of a class of records: its module, and its fields by attribute."""

    def __init__(
        self,
        kind: type[Record],
        module: str,
        fields: dict[str, Field[Any, Any]],
        *,
        is_complete: bool = False,
    ) -> None:
        super().__init__(module, kind.__name__)
        self.is_complete = is_complete
        self.app_label = kind.__module__.rpartition(".")[0].rpartition(".")[2] or "zcrm"
        self.kind = kind
        self.fields = fields
        self._by_name = {field.name: field for field in fields.values()}
        self._zoho_names: dict[str, str] = {}

    @classmethod
    def of(cls, record_class: type[Record]) -> RecordMeta:
        """Read what a class declares. Raises ConfigurationError for what is missing or wrong."""
        fields = {
            name: value
            for base in reversed(record_class.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Field)
        }
        taken = {
            name
            for base in record_class.__mro__
            if base.__module__ == _RECORD
            for name in vars(base)
        }
        api_names: dict[str, str] = {}
        for name, field in fields.items():
            if "__" in name or name.endswith("_") or name in taken:
                raise ConfigurationError(
                    f"{record_class.__name__}.{name} cannot be the name of a field."
                )
            if not field.name:
                raise ConfigurationError(f"{record_class.__name__}.{name} has no API name.")
            if (other := api_names.setdefault(field.name, name)) != name:
                raise ConfigurationError(
                    f"{record_class.__name__}.{other} and {record_class.__name__}.{name} are both "
                    f"{field.name}."
                )
        declared = getattr(record_class, "Meta", None)
        for name in dir(declared) if declared else ():
            if not name.startswith("_") and name not in _OPTIONS:
                raise ConfigurationError(
                    f"{record_class.__name__}.Meta has no option {name!r}; there are "
                    f"{', '.join(_OPTIONS)}."
                )
        module = getattr(declared, "module", "")
        is_abstract = "Meta" in vars(record_class) and getattr(declared, "abstract", False)
        if not module and not is_abstract:
            raise ConfigurationError(
                f'{record_class.__name__} says nothing of its module: class Meta: module = "Leads".'
            )
        return cls(
            record_class, module, fields, is_complete=bool(getattr(declared, "complete", False))
        )

    def zoho_name(self, name: str) -> str:
        """Return a name in Zoho's words; names of Zoho's own stay as they are."""
        if name not in self._zoho_names:
            self._zoho_names[name] = self._translated(name)
        return self._zoho_names[name]

    def _translated(self, name: str) -> str:
        first, separator, rest = name.partition("__")
        if first in ("id", "pk"):
            return name
        field = self.fields.get(first)
        if field is None:
            if first[:1].isupper():
                return name
            close = get_close_matches(first, self.fields, n=3)
            raise ConfigurationError(
                f"{self.object_name} has no field {first!r}"
                + (f"; is it {', '.join(close)}?" if close else ".")
            )
        if field.to and rest and rest.partition("__")[0] not in LOOKUPS:
            rest = self.target(field).zoho_name(rest)
        return f"{field.name}{separator}{rest}"

    def target(self, field: Field[Any, Any]) -> RecordMeta:
        """Return the `_meta` of the class that a lookup leads to."""
        to = field.to
        if not isinstance(to, str):
            return to._meta
        if to == "self":
            return self
        home, _, name = to.rpartition(".")
        if home and f"{home}.{name}" not in _classes:
            import_module(home)
        record_class = _classes.get(f"{home or self.kind.__module__}.{name}")
        if record_class is None:
            raise ConfigurationError(
                f"{field.label} leads to {to!r}, which is no class of records: write its name if "
                "it is in the same module, else its path (shop.zoho.Account)."
            )
        return record_class._meta

    def label_of(self, name: str) -> str:
        """Return the attribute of a field that is given in Zoho's words."""
        field = self._by_name.get(name)
        return name if field is None else field.attribute

    def field(self, name: str) -> Field[Any, Any]:
        """Return a field that is given in Zoho's words."""
        return self._by_name[name]

    def default_fields(self) -> tuple[str, ...]:
        """Return the id and the declared fields, except those that only single reads give."""
        read = (
            field.name for field in self.fields.values() if field.data_type not in UNLISTED_TYPES
        )
        return ("id", *read)

    def reader(self, name: str) -> Callable[[Any], Any] | None:
        """Return what makes a value of one of Zoho's."""
        field = self._by_name.get(name)
        if field is not None:
            return field.read
        for field in self.fields.values():
            if field.to and name.startswith(f"{field.name}__"):
                return self.target(field).reader(name[len(field.name) + 2 :])
        return None

    def load(self, rows: list[dict[str, Any]], source: RecordSource) -> Sequence[Record]:
        """Make records of rows."""
        record_class, new = self.kind, self.kind.__new__
        records: list[Record] = []
        for row in rows:
            record = new(record_class)
            record._row = row
            record._source = source
            records.append(record)
        return records

    def key_of(self, record: Any, name: str) -> Any:
        """Return the value of a record's field, named in Zoho's words."""
        return record[name] if name != "id" else record.id

    def written(self, name: str, value: Any) -> Any:
        """Return a value for Zoho; raise ConfigurationError, naming the field, for a wrong one."""
        field = self._by_name.get(name)
        if field is None:
            return value
        if field.read_only:
            raise ConfigurationError(f"{field.label} is read-only: Zoho sets it.")
        if value is None and field.required:
            raise ConfigurationError(f"{field.label} is required, so it cannot be None.")
        return field.written(value)

    def values_of(
        self, row: Any, names: tuple[str, ...] | None = None, *, is_new: bool = False
    ) -> dict[str, Any]:
        """Return what an instance, or a dict of attributes, holds in Zoho's words."""
        if isinstance(row, self.kind):
            values = row._written(names)
        elif isinstance(row, Mapping):
            values = self.named_values(row, names)
        else:
            raise ConfigurationError(
                f"A row is a {self.object_name} or a dict of its fields, not {type(row).__name__}."
            )
        if is_new:
            self.check_required(values)
        return values

    def check_required(self, values: Mapping[str, Any]) -> None:
        """Raise ConfigurationError when values, in Zoho's words, lack a required field."""
        for field in self.fields.values():
            if field.required and values.get(field.name) is None:
                raise ConfigurationError(f"{field.label} is required.")

    def learn(
        self, row: Any, outcome: Outcome, source: RecordSource, names: tuple[str, ...] | None = None
    ) -> None:
        """Let an instance know its id and what else Zoho's reply tells."""
        if isinstance(row, self.kind):
            row._source = source
            row._learn(outcome, names)

    def created(self, record: Any, outcome: Outcome, source: RecordSource) -> Record:
        """Return an instance that has just been created, with its id."""
        self.learn(record, outcome, source)
        created: Record = record
        return created
