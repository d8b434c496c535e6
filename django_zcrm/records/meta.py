"""The declaration of a class of records, and the conversion of its names and values to Zoho's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django_zcrm.exceptions import UnknownField
from django_zcrm.zoho.calls.metadata import NameCache
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.query.compile.fields import LOOKUPS
from django_zcrm.zoho.query.compile.query import UNLISTED_TYPES
from django_zcrm.zoho.query.model import Meta
from django_zcrm.zoho.query.steps import RecordSource

from .fields import Field

if TYPE_CHECKING:
    from django_zcrm.zoho.operations.results import Outcome

    from .record import Record

_OPTIONS = ("module", "abstract", "complete")
_RECORD = f"{__package__}.record"
"""Where the class is whose attributes fields may not hide."""

_classes: dict[str, type[Record]] = {}
"""Classes of records by module path and name, for lookups that name theirs."""


def register_class(record_class: type[Record]) -> None:
    """Register a class, so that lookups can name it."""
    _classes[f"{record_class.__module__}.{record_class.__qualname__}"] = record_class


def registered_classes() -> list[type[Record]]:
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
        self._zoho_names: NameCache[str] = NameCache()

    @classmethod
    def of(cls, record_class: type[Record]) -> RecordMeta:
        """Read the declaration of a class. Raises ConfigurationError for a wrong one."""
        fields = {
            name: value
            for base in reversed(record_class.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Field)
        }
        reserved_names = {
            name
            for base in record_class.__mro__
            if base.__module__ == _RECORD
            for name in vars(base)
        }
        api_names: dict[str, str] = {}
        for name, field in fields.items():
            if "__" in name or name.endswith("_") or name in reserved_names:
                raise ConfigurationError(
                    f"{record_class.__name__}.{name} cannot be the name of a field."
                )
            if not field.name:
                raise ConfigurationError(f"{record_class.__name__}.{name} has no API name.")
            if (other := api_names.setdefault(field.name, name)) != name:
                raise ConfigurationError(
                    f"{record_class.__name__}.{other} and {record_class.__name__}.{name} both map "
                    f"to {field.name}."
                )
        declared = getattr(record_class, "Zoho", None)
        for name in dir(declared) if declared else ():
            if not name.startswith("_") and name not in _OPTIONS:
                raise ConfigurationError(
                    f"{record_class.__name__}.Zoho has no option {name!r}; use one of "
                    f"{', '.join(_OPTIONS)}."
                )
        module = getattr(declared, "module", "")
        is_abstract = "Zoho" in vars(record_class) and getattr(declared, "abstract", False)
        if not module and not is_abstract:
            raise ConfigurationError(
                f"{record_class.__name__} does not name its module: add class Zoho: module = "
                '"Leads".'
            )
        return cls(
            record_class, module, fields, is_complete=bool(getattr(declared, "complete", False))
        )

    def zoho_name(self, name: str) -> str:
        """Return the API name for an attribute; API names stay unchanged."""
        zoho_name = self._zoho_names.get(name)
        if zoho_name is None:
            zoho_name = self._zoho_names[name] = self._translate_name(name)
        return zoho_name

    def _translate_name(self, name: str) -> str:
        first, separator, rest = name.partition("__")
        if first in ("id", "pk"):
            return name
        field = self.fields.get(first)
        if field is None:
            # The API name of an extension's field begins with a namespace, as in acme__Score.
            is_declared = any(f"{name}__".startswith(f"{known}__") for known in self._by_name)
            if is_declared or first[:1].isupper():
                return name
            close = get_close_matches(first, self.fields, n=3)
            raise UnknownField(
                f"{self.object_name} has no field {first!r}"
                + (f"; is it {', '.join(close)}?" if close else ".")
            )
        if field.to and rest and rest.partition("__")[0] not in LOOKUPS:
            rest = self.target(field).zoho_name(rest)
        return f"{field.name}{separator}{rest}"

    def target(self, field: Field[Any, Any]) -> RecordMeta:
        """Return the `_meta` of the class that a lookup refers to."""
        to = field.to
        if not isinstance(to, str):
            return to._meta
        if to == "self":
            return self
        home, _, name = to.rpartition(".")
        if home and f"{home}.{name}" not in _classes:
            import_module(home)
        # A class that is inherited from a generated one may have its own class of the same name.
        homes = [home] if home else [self.kind.__module__, field.home]
        paths = [f"{home}.{name}" for home in homes if f"{home}.{name}" in _classes]
        if not paths:
            raise ConfigurationError(
                f"{field.label} refers to {to!r}, which is not a typed record: write its name if "
                "it is in the same module, else its path (shop.zoho.Account)."
            )
        return _classes[paths[0]]._meta

    def label_of(self, name: str) -> str:
        """Return the attribute of the field with an API name."""
        field = self._by_name.get(name)
        return name if field is None else field.attribute

    def field(self, name: str) -> Field[Any, Any]:
        """Return the field with an API name. Raises UnknownField."""
        if name not in self._by_name:
            raise UnknownField(f"{self.object_name} does not declare {name}.")
        return self._by_name[name]

    def default_fields(self) -> tuple[str, ...]:
        """Return the id and the declared fields, except those that only single reads return."""
        read = (
            field.name for field in self.fields.values() if field.data_type not in UNLISTED_TYPES
        )
        return ("id", *read)

    def reader(self, name: str) -> Callable[[Any], Any] | None:
        """Return the function that converts Zoho's values of a field."""
        field = self._by_name.get(name)
        if field is not None:
            return field.read
        for field in self.fields.values():
            if field.to and name.startswith(f"{field.name}__"):
                return self.target(field).reader(name[len(field.name) + 2 :])
        return None

    def load(self, rows: list[dict[str, Any]], source: RecordSource) -> Sequence[Record]:
        """Convert rows to records."""
        record_class, new = self.kind, self.kind.__new__
        records: list[Record] = []
        for row in rows:
            record = new(record_class)
            record._row = row
            record._source = source
            records.append(record)
        return records

    def key_of(self, record: Any, name: str) -> Any:
        """Return the value of a record's field with an API name."""
        return record[name] if name != "id" else record.id

    def to_zoho(self, name: str, value: Any) -> Any:
        """Return a value for Zoho; raise ConfigurationError, naming the field, for a wrong one."""
        field = self._by_name.get(name)
        if field is None:
            return value
        if field.read_only:
            raise ConfigurationError(f"{field.label} is read-only: Zoho sets it.")
        if value is None and field.required:
            raise ConfigurationError(f"{field.label} is required, so it cannot be None.")
        return field.to_zoho(value)

    def values_of(
        self, row: Any, names: tuple[str, ...] | None = None, *, is_new: bool = False
    ) -> dict[str, Any]:
        """Return the values of an instance or a dict of attributes in Zoho's form, by API name."""
        if isinstance(row, self.kind):
            values = row._to_zoho(names)
        elif isinstance(row, Mapping):
            values = self.to_zoho_values(row, names)
        else:
            raise ConfigurationError(
                f"A row is an instance of {self.object_name} or a dict, not {type(row).__name__}."
            )
        if is_new:
            self.check_required(values)
        return values

    def check_required(self, values: Mapping[str, Any]) -> None:
        """Raise ConfigurationError when values, by API name, lack a required field."""
        for field in self.fields.values():
            if field.required and values.get(field.name) is None:
                raise ConfigurationError(f"{field.label} is required.")

    def learn(
        self, row: Any, outcome: Outcome, source: RecordSource, names: tuple[str, ...] | None = None
    ) -> None:
        """Set the id and the other values of Zoho's response on an instance."""
        if isinstance(row, self.kind):
            row._source = source
            row._learn(outcome, names)

    def load_created(self, record: Any, outcome: Outcome, source: RecordSource) -> Record:
        """Return a newly created instance with its id."""
        self.learn(record, outcome, source)
        created: Record = record
        return created
