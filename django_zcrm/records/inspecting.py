"""Classes of records written from metadata, for `manage.py zcrm_inspect`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django_zcrm.zoho.calls.metadata import read_fields

from . import fields, naming
from .fields import KINDS

KIND_NAMES = {
    kind.data_type: name
    for name, kind in vars(fields).items()
    if any(kind is field_class for field_class in KINDS.values())
}
"""The name of the kind for each of Zoho's data types."""

MAX_LABEL = 60


@dataclass(frozen=True, slots=True)
class FoundField:
    """A field in an organisation's metadata.

    `result` is the data type of a formula's result. `unique` is true if no two records have the
    same value. `choices` are a picklist's values. `length` is the maximum number of characters or
    digits (0: unknown), of which `decimals` follow the point. If several organisations were
    inspected, `aliases` are the names of the field in others, and `only_in` is a comment that names
    those that have it, unless all do.
    """

    name: str
    data_type: str
    result: str = ""
    required: bool = False
    read_only: bool = False
    unique: bool = False
    modules: tuple[str, ...] = ()
    label: str = ""
    length: int = 0
    decimals: int = 0
    choices: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
    only_in: str = ""

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return KIND_NAMES.get(self.data_type, "Other")

    @property
    def is_computed(self) -> bool:
        """Whether it is a formula or a roll-up, whose declaration needs the kind of the result."""
        return self.kind in ("Formula", "RollupSummary")

    @property
    def result_kind(self) -> str:
        """The name of the kind of a formula's result."""
        name = KIND_NAMES.get(self.result, "Other")
        takes = isinstance(KINDS.get(self.result), fields.Kind) or name == "Boolean"
        return name if takes else "Other"


def parse_fields(module: str, rows: Iterable[Mapping[str, Any]]) -> list[FoundField]:
    """Read the response of settings/fields; return the fields in the order of their names."""
    by_name = {str(row["api_name"]): row for row in rows if row.get("api_name")}
    parsed = read_fields(module, by_name.values())
    described = []
    for field in parsed:
        if field.data_type == "id":  # every record has this field
            continue
        row = by_name[field.api_name]
        computed = str(row.get("data_type") or "") if field.is_computed else ""
        described.append(
            FoundField(
                field.api_name,
                computed or field.data_type,
                field.data_type if computed else "",
                required=bool(row.get("system_mandatory")),
                read_only=_is_read_only(row),
                unique=field.is_unique,
                modules=field.modules,
                label=str(row.get("field_label") or row.get("display_label") or ""),
                length=int(row.get("length") or 0),
                decimals=int(row.get("decimal_place") or 0),
                choices=frozenset(_choices(row)),
            )
        )
    return sorted(described, key=lambda field: field.name)


def _choices(row: Mapping[str, Any]) -> Iterator[str]:
    for value in row.get("pick_list_values") or ():
        if value.get("type") != "unused":
            yield str(value.get("actual_value"))


def _is_read_only(row: Mapping[str, Any]) -> bool:
    """Return whether a field is read-only in the API (Zoho's manual: Fields Metadata)."""
    operations = row.get("operation_type")
    if isinstance(operations, Mapping) and not (
        operations.get("api_create", True) or operations.get("api_update", True)
    ):
        return True
    return bool(row.get("read_only") or row.get("field_read_only"))


def source(by_module: Mapping[str, Sequence[FoundField]]) -> str:
    """Return a Python file with a class for each module, in the order of their names."""
    modules = sorted(by_module)
    names = naming.classes(modules, reserved={*KIND_NAMES.values(), "Other", "Record"})
    parts = [_class(module, by_module[module], names) for module in modules]
    used = {"Record"}
    for module in modules:
        for field in by_module[module]:
            used.add(field.kind)
            if field.is_computed:
                used.add(field.result_kind)
    imported = "".join(f"    {name},\n" for name in sorted(used))
    return f'{HEAD} from the metadata of:\n{wrap_names(modules)}\n"""\n\n' + (
        f"from django_zcrm.records import (\n{imported})\n" + "".join(parts)
    )


HEAD = '"""Records of Zoho CRM.\n\nWritten by `manage.py zcrm_inspect`'
"""The beginning of a generated file."""


def is_generated(text: str) -> bool:
    """Return whether `source` generated a file."""
    return text.startswith(HEAD)


def wrap_names(modules: Sequence[str]) -> str:
    # Names of modules are words, which cannot end a string literal.
    names = [re.sub(r"\W", "_", module) for module in modules]
    return textwrap.fill(", ".join(names), 88, break_long_words=False)


def _class(module: str, own_fields: Sequence[FoundField], names: Mapping[str, str]) -> str:
    attributes = naming.attributes(field.name for field in own_fields)
    lines = [
        f"    {attributes[field.name]} = {_declaration(field, module, names)}{comment(field)}\n"
        for field in own_fields
    ]
    lines += ["\n"] if lines else []
    return (
        f"\n\nclass {names[module]}(Record):\n"
        + "".join(lines)
        + f"    class Zoho:\n        module = {quote(module)}\n        complete = True\n"
    )


def _declaration(field: FoundField, module: str, names: Mapping[str, str]) -> str:
    arguments = [quote(field.name)]
    if field.is_computed:
        arguments.append(field.result_kind)
        return f"{field.kind}({', '.join(arguments)})"
    if field.kind == "Lookup" and len(field.modules) == 1:
        [target] = field.modules
        if target in names:
            arguments.append(f"to={quote('self' if target == module else names[target])}")
    if field.read_only:
        arguments.append("read_only=True")
    elif field.required and field.kind != "Boolean":  # a boolean is never empty
        arguments.append("required=True")
    return f"{field.kind}({', '.join(arguments)})"


def comment(field: FoundField) -> str:
    """Return the field's label as a comment, unless its API name is the same."""
    plain = "".join(char if char.isprintable() else " " for char in field.label)
    label = " ".join(plain.split())
    name = field.name.removesuffix("__s").replace("_", " ").lower()
    if label.replace("_", " ").lower() in ("", name):
        return ""
    return f"  # {label[:MAX_LABEL]}"


def quote(text: str) -> str:
    """Return a string literal as formatters write it: in double quotes if possible."""
    literal = repr(text)
    return literal if '"' in text or "\\" in literal else f'"{text}"'
