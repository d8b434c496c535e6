"""Models of mirrored modules written from metadata, for `manage.py zcrm_inspect --mirror`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from ..zoho.query.compile.query import CHILD_TYPES, UNLISTED_TYPES
from . import naming
from .inspecting import FoundField, comment, quote, wrap_names

HEAD = '"""Records of Zoho CRM as rows.\n\nWritten by `manage.py zcrm_inspect --mirror`'
"""The beginning of a generated file."""

TAKEN = frozenset(
    {"connection", "zoho_organisation", "zoho_id", "zoho_modified_time", "zoho_state", "synced_at"}
    | {"loaded_values", "saved_values"}
    | {"connection_id", "id", "objects", "pk"}
    | {name for name in dir(models.Model) if not name.startswith("_")}
)
"""Names of what every mirrored row has."""

DIGITS, MAX_DIGITS, MAX_DECIMALS = 20, 38, 12
ID = 32
"""Characters of an id."""

ROW_BYTES = 40_000
"""Bytes of a row for short texts: MariaDB and MySQL have 65,535 bytes for all its columns."""

NAMES = ("full_name", "last_name", "subject", "name")
"""Columns for `__str__`, in order of preference."""

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


def source(
    fields: Mapping[str, Sequence[FoundField]], only_in: Mapping[str, str] | None = None
) -> str:
    """Return a Python file with a model for each module, in the order of their names.

    `only_in` has a comment for each module that not all of several organisations have. A module
    without a field that can be mirrored, such as Functions__s, gets a comment only.
    """
    modules = sorted(fields)
    names = naming.classes(modules, reserved={"MirrorModel"})
    comments = only_in or {}
    parts = [_class(module, fields[module], names, comments.get(module, "")) for module in modules]
    return (
        f'{HEAD} from the metadata of:\n{wrap_names(modules)}\n"""\n\n'
        "from django.db import models\n\n"
        "from django_zcrm.mirror.models import MirrorModel\n" + "".join(parts)
    )


def is_generated(text: str) -> bool:
    """Return whether `source` generated a file."""
    return text.startswith(HEAD)


def _class(
    module: str, fields: Sequence[FoundField], names: Mapping[str, str], only_in: str
) -> str:
    read = [field for field in fields if field.data_type not in UNLISTED_TYPES]
    keys = (field.name for field in read if _is_foreign_key(field, names))
    key_columns = {f"{attribute}_id" for attribute in naming.attributes(keys, TAKEN).values()}
    attributes = naming.attributes((field.name for field in fields), TAKEN | key_columns)
    columns = _fit_row([_column(field, attributes[field.name], module, names) for field in read])
    lines = [f"    {column.attribute} = {column.code}{_note(column)}\n" for column in columns]
    left_out = [field for field in fields if field.data_type in UNLISTED_TYPES]
    mapping = [f'            "{column.attribute}": {_names(column.field)},\n' for column in columns]
    mapping += [
        f'            # "{attributes[field.name]}": {_names(field)},  # {_why_omitted(field)}\n'
        for field in left_out
    ]
    if not columns:
        return f"\n\n# {module} has no fields that can be mirrored.\n"
    title = _name_of(columns, names[module])
    return (
        f"\n\nclass {names[module]}(MirrorModel):\n"
        + "".join(lines)
        + f"\n    class Zoho:\n        module = {quote(module)}{only_in and f'  # {only_in}'}\n"
        + "        fields = {\n"
        + "".join(mapping)
        + "        }\n"
        + f"\n    def __str__(self):\n        return str({title})\n"
    )


def _names(field: FoundField) -> str:
    """Return the name of a field, or a list of its names, the first that an organisation has."""
    if not field.aliases:
        return quote(field.name)
    return f"[{', '.join(map(quote, (field.name, *field.aliases)))}]"


def _note(column: _Column) -> str:
    field = column.field
    notes = [comment(field).removeprefix("  # "), column.note]
    # Hints for `push` and `match_on`.
    is_zohos = field.read_only or field.is_computed or field.data_type == "autonumber"
    notes += [is_zohos * "Zoho sets it", field.unique * "unique", field.only_in]
    text = "; ".join(filter(None, notes))
    return f"  # {text}" if text else ""


def _why_omitted(field: FoundField) -> str:
    why = f"{field.data_type}: a JSONField"
    if field.data_type in CHILD_TYPES:
        why += ", and a request for each record"
    return f"{why}; {field.only_in}" if field.only_in else why


def _name_of(columns: Sequence[_Column], class_name: str) -> str:
    there = [column.attribute for column in columns]
    own = [name for name in there if name.replace("_", "") == f"{class_name.lower()}name"]
    attribute = next((name for name in (*own, *NAMES) if name in there), "zoho_id")
    return f"self.{attribute}"


def _column(field: FoundField, attribute: str, module: str, names: Mapping[str, str]) -> _Column:
    data_type = (field.result or "text") if field.is_computed else field.data_type
    if _is_foreign_key(field, names):
        [target] = field.modules
        to = "self" if target == module else names[target]
        code = (
            f"models.ForeignKey(\n        {quote(to)}, {_OPTIONAL}, "
            'on_delete=models.SET_NULL, related_name="+"\n    )'
        )
        return _Column(field, attribute, code)
    if data_type in _BY_TYPE:
        return _Column(field, attribute, _BY_TYPE[data_type])
    if data_type in _DECIMALS:
        return _Column(field, attribute, _number(field))
    if data_type in _TEXTS:
        if not field.length or _is_composed(field):
            return _Column(field, attribute, _LONG)
        code = _text(field.length, data_type)
        return _Column(field, attribute, code, length=field.length)
    if data_type.endswith("lookup"):
        modules = " or ".join(field.modules) or "Users"
        return _Column(field, attribute, _text(ID), f"an id in {modules}", ID)
    return _Column(field, attribute, _JSON, data_type)


def _is_foreign_key(field: FoundField, names: Mapping[str, str]) -> bool:
    """Return whether a field refers to records of one of the modules in the file."""
    return field.data_type == "lookup" and len(field.modules) == 1 and field.modules[0] in names


def _is_composed(field: FoundField) -> bool:
    """Return whether Zoho composes a text of others, as Full_Name: it can exceed its length."""
    return field.is_computed or (field.read_only and field.data_type == "text")


def _text(length: int, data_type: str = "text") -> str:
    name = "EmailField" if data_type == "email" else "CharField"
    return f'models.{name}(max_length={length}, blank=True, default="")'


def _number(field: FoundField) -> str:
    if field.is_computed or not field.length:
        return f"models.FloatField({_OPTIONAL})"
    decimals = min(field.decimals, MAX_DECIMALS)
    # For some types, Zoho counts the digits before the point; for others, all digits.
    digits = min(max(field.length, 1) + decimals, MAX_DIGITS)
    return f"models.DecimalField(max_digits={digits}, decimal_places={decimals}, {_OPTIONAL})"


def _fit_row(columns: list[_Column]) -> list[_Column]:
    """Convert the longest texts to long texts, until the others fit into a row of any database."""

    def bytes_of(those: Iterator[_Column]) -> int:
        return sum(4 * column.length for column in those)

    fitting = list(columns)
    while bytes_of(iter(fitting)) > ROW_BYTES:
        longest = max(fitting, key=lambda column: column.length)
        place = fitting.index(longest)
        fitting[place] = _Column(longest.field, longest.attribute, _LONG, longest.note)
    return fitting
