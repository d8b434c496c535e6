"""Models of mirrored modules written from metadata, for `manage.py zcrm_inspect --mirror`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from ..zoho.query.query import CHILD_TYPES, UNLISTED_TYPES
from . import naming
from .inspecting import FoundField, comment, quoted, wrapped

HEAD = '"""Records of Zoho CRM as rows.\n\nWritten by `manage.py zcrm_inspect --mirror`'
"""What a written file begins with."""

TAKEN = frozenset(
    {"connection", "zoho_id", "zoho_modified_time", "zoho_state", "synced_at", "loaded_values"}
    | {"connection_id", "id", "pk"}
    | {name for name in dir(models.Model) if not name.startswith("_")}
)
"""Names of what every mirrored row has."""

DIGITS, MAX_DIGITS, MAX_DECIMALS = 20, 38, 12
TEXT, ID = 255, 32
"""Characters of a text of unknown length, and of an id."""

ROW_BYTES = 40_000
"""What short texts may take of a row: MariaDB and MySQL have 65,535 bytes for all its columns."""

NAMES = ("full_name", "last_name", "subject", "name")
"""Columns that say what a row is, the best first."""

_OPTIONAL = "null=True, blank=True"
_LONG = 'models.TextField(blank=True, default="")'
_JSON = f"models.JSONField({_OPTIONAL})"

_BY_TYPE = {
    "textarea": _LONG,
    "multiselectpicklist": _JSON,
    "tags": _JSON,
    "date": f"models.DateField({_OPTIONAL})",
    "datetime": f"models.DateTimeField({_OPTIONAL})",
    "boolean": "models.BooleanField(default=False)",
    "integer": f"models.IntegerField({_OPTIONAL})",
    "bigint": f"models.BigIntegerField({_OPTIONAL})",
}
_DECIMALS = ("currency", "double", "percent", "decimal")
_TEXTS = (
    "text",
    "email",
    "phone",
    "website",
    "picklist",
    "autonumber",
)


@dataclass(frozen=True, slots=True)
class _Column:
    field: FoundField
    attribute: str
    code: str
    note: str = ""
    length: int = 0


def source(fields: Mapping[str, Sequence[FoundField]]) -> str:
    """Return a Python file with a model for each module, in the order of their names."""
    modules = sorted(fields)
    names = naming.classes(modules, taken={"MirrorModel"})
    parts = [_class(module, fields[module], names) for module in modules]
    return (
        f'{HEAD} from the metadata of:\n{wrapped(modules)}\n"""\n\n'
        "from django.db import models\n\n"
        "from django_zcrm.mirror.models import MirrorModel\n" + "".join(parts)
    )


def is_written(text: str) -> bool:
    """Tell whether a file was written by `source`."""
    return text.startswith(HEAD)


def _class(module: str, fields: Sequence[FoundField], names: Mapping[str, str]) -> str:
    read = [field for field in fields if field.data_type not in UNLISTED_TYPES]
    attributes = naming.attributes((field.name for field in fields), taken=TAKEN)
    columns = _fitting([_column(field, attributes[field.name], module, names) for field in read])
    lines = [f"    {column.attribute} = {column.code}{_note(column)}\n" for column in columns]
    left_out = [field for field in fields if field.data_type in UNLISTED_TYPES]
    mapping = [
        f'            "{column.attribute}": {quoted(column.field.name)},\n' for column in columns
    ]
    mapping += [
        f'            # "{attributes[field.name]}": {quoted(field.name)},  # {_why_left(field)}\n'
        for field in left_out
    ]
    named = _name_of(columns, names[module])
    return (
        f"\n\nclass {names[module]}(MirrorModel):\n"
        + "".join(lines)
        + f"\n    class Zoho:\n        module = {quoted(module)}\n"
        + "        fields = {\n"
        + "".join(mapping)
        + "        }\n"
        + f"\n    def __str__(self):\n        return str({named})\n"
    )


def _note(column: _Column) -> str:
    field = column.field
    notes = [comment(field).removeprefix("  # "), column.note]
    # What a newcomer has to know for `push` and `match_on`.
    is_zohos = field.read_only or field.is_computed or field.data_type == "autonumber"
    notes += [is_zohos * "Zoho sets it", field.unique * "unique"]
    text = "; ".join(filter(None, notes))
    return f"  # {text}" if text else ""


def _why_left(field: FoundField) -> str:
    if field.data_type in CHILD_TYPES:
        return f"{field.data_type}: a JSONField, and a request for each record"
    return f"{field.data_type}: a JSONField"


def _name_of(columns: Sequence[_Column], class_name: str) -> str:
    there = [column.attribute for column in columns]
    own = [name for name in there if name.replace("_", "") == f"{class_name.lower()}name"]
    chosen = next((name for name in (*own, *NAMES) if name in there), "zoho_id")
    return f"self.{chosen}"


def _column(field: FoundField, attribute: str, module: str, names: Mapping[str, str]) -> _Column:
    data_type = (field.result or "text") if field.is_computed else field.data_type
    if data_type == "lookup" and len(field.modules) == 1 and field.modules[0] in names:
        [target] = field.modules
        to = "self" if target == module else names[target]
        code = (
            f"models.ForeignKey(\n        {quoted(to)}, {_OPTIONAL}, "
            'on_delete=models.SET_NULL, related_name="+"\n    )'
        )
        return _Column(field, attribute, code)
    if data_type in _BY_TYPE:
        return _Column(field, attribute, _BY_TYPE[data_type])
    if data_type in _DECIMALS:
        return _Column(field, attribute, _number(field))
    if data_type in _TEXTS:
        length = field.length or TEXT
        return _Column(field, attribute, _text(length, data_type), length=length)
    if data_type.endswith("lookup"):
        modules = " or ".join(field.modules) or "Users"
        return _Column(field, attribute, _text(ID), f"an id in {modules}", ID)
    return _Column(field, attribute, _JSON, data_type)


def _text(length: int, data_type: str = "text") -> str:
    name = "EmailField" if data_type == "email" else "CharField"
    return f'models.{name}(max_length={length}, blank=True, default="")'


def _number(field: FoundField) -> str:
    if field.is_computed or not field.length:
        return f"models.FloatField({_OPTIONAL})"
    decimals = min(field.decimals, MAX_DECIMALS)
    # Zoho counts the digits before the point for some types, and all for others.
    digits = min(max(field.length, 1) + decimals, MAX_DIGITS)
    return f"models.DecimalField(max_digits={digits}, decimal_places={decimals}, {_OPTIONAL})"


def _fitting(columns: list[_Column]) -> list[_Column]:
    """Make long texts of the longest ones, until the others fit into a row of any database."""

    def bytes_of(those: Iterator[_Column]) -> int:
        return sum(4 * column.length for column in those)

    fitting = list(columns)
    while bytes_of(iter(fitting)) > ROW_BYTES:
        longest = max(fitting, key=lambda column: column.length)
        place = fitting.index(longest)
        fitting[place] = _Column(longest.field, longest.attribute, _LONG, longest.note)
    return fitting
