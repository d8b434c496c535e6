"""Imports the modules and fields of a real organisation from a file.

The file is JSON in the shape of Zoho's responses, `{"modules": [...], "fields": {module: [...]}}`
(settings/modules and settings/fields), or CSV with a row for each field.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from ..state import LOOKUP_TYPES, Field, Item, Module, PickListValue, Section
from ..state.catalogue import Catalogue
from ..state.field import JSON_TYPES
from . import define, field_types
from .catalogue import FUNCTIONS, number_field, number_module

#: Columns of the CSV. Only the first three are mandatory; choices are joined by semicolons.
COLUMNS = (
    "module api_name data_type field_label length decimal_place system_mandatory unique "
    "custom_field read_only pick_list_values lookup"
).split()
_NEEDED = COLUMNS[:3]

#: Types for which the emulator has no behaviour become read-only text.
_UNKNOWN_TYPES = (
    "multiselectlookup",
    "multiuserlookup",
    "profileimage",
    "event_reminder",
    "ALARM",
    "RRULE",
)
_RETURN_TYPES = {"string": "text", "decimal": "double", "number": "double"}
#: The kinds of modules with records (Zoho's generated_type).
_WITH_RECORDS = ("default", "custom", "subform", "linking")
_FIRST_SERIAL = 60_000
"""Ids for what has none in the file: above those of standard modules, below those of records."""


def import_metadata(
    catalogue: Catalogue, path: Path, id_of: Callable[[int], str], *, keep_custom: bool
) -> None:
    """Bring a catalogue in line with a file.

    Standard modules and fields that the file lacks stay, since the emulator needs them; custom
    ones are dropped unless `keep_custom`. `id_of` makes ids of serial numbers. Raises OSError, or
    ValueError for an unusable file.
    """
    modules, fields = read(path)
    serials = count(_FIRST_SERIAL)
    importer = _Importer(catalogue, lambda: id_of(next(serials)))
    if not keep_custom:
        importer.drop_custom({item["api_name"] for item in modules}, fields)
    for item in modules:
        importer.take_module(item, fields.get(item["api_name"], []))
    for name, items in fields.items():
        importer.take_fields(name, items)


def read(path: Path) -> tuple[list[Item], dict[str, list[Item]]]:
    """Return the modules in a file, and their fields by module. Raises ValueError, OSError."""
    text = path.read_text("utf-8-sig")
    modules, fields = (_read_csv if path.suffix.lower() == ".csv" else _read_json)(text, path)
    for name in fields:
        if not any(item["api_name"] == name for item in modules):
            modules.append({"api_name": name})
    return modules, fields


def _read_json(text: str, path: Path) -> tuple[list[Item], dict[str, list[Item]]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict) or not {"modules", "fields"} & set(document):
        raise ValueError(f'{path} must be like {{"modules": [...], "fields": {{"Leads": [...]}}}}')
    modules = _items(document.get("modules", []), "modules", path)
    by_module = document.get("fields", {})
    if not isinstance(by_module, dict):
        raise ValueError(f"{path}: fields are given by module")
    fields = {str(name): _items(items, "fields", path) for name, items in by_module.items()}
    for module in modules:
        if "fields" in module:
            fields.setdefault(module["api_name"], _items(module["fields"], "fields", path))
    return [item for item in modules if _has_records(item)], fields


def _items(body: Any, key: str, path: Path) -> list[Item]:
    """Return a list of items, passed as a list or as a body like `{"fields": [...]}`."""
    items = body.get(key) if isinstance(body, dict) else body
    if body is None:
        # Zoho has no fields of some modules, and responds with 204.
        return []
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("api_name"), str) for item in items
    ):
        raise ValueError(f"{path}: {key} are a list of objects, each with its api_name")
    return items


def _has_records(item: Item) -> bool:
    return (
        item["api_name"] != FUNCTIONS
        and item.get("api_supported") is not False
        and item.get("generated_type", "default") in _WITH_RECORDS
    )


def _read_csv(text: str, path: Path) -> tuple[list[Item], dict[str, list[Item]]]:
    rows = csv.DictReader(text.splitlines(), restval="")
    header = rows.fieldnames or []
    if missing := [name for name in _NEEDED if name not in header]:
        raise ValueError(f"{path} lacks the column {missing[0]!r}; there can be {COLUMNS}")
    fields: dict[str, list[Item]] = {}
    for row in rows:
        fields.setdefault(row["module"], []).append(_parse_row(row))
    return [], fields


def _parse_row(row: Mapping[str, str]) -> Item:
    item: Item = {"api_name": row["api_name"], "data_type": row["data_type"]}
    if row.get("field_label"):
        item["field_label"] = row["field_label"]
    for name in ("length", "decimal_place"):
        if row.get(name):
            item[name] = int(row[name])
    for name in ("system_mandatory", "custom_field", "read_only"):
        if row.get(name):
            item[name] = row[name].lower() in ("true", "1", "yes")
    if row.get("unique", "").lower() in ("true", "1", "yes"):
        item["unique"] = {"casesensitive": False}
    if row.get("pick_list_values"):
        item["pick_list_values"] = [
            {"display_value": value.strip()} for value in row["pick_list_values"].split(";")
        ]
    if row.get("lookup"):
        item["lookup"] = {"module": row["lookup"]}
    return item


class _Importer:
    def __init__(self, catalogue: Catalogue, next_id: Callable[[], str]) -> None:
        self._catalogue = catalogue
        self._next_id = next_id

    def drop_custom(self, names: Iterable[str], fields: Mapping[str, list[Item]]) -> None:
        """Drop custom modules and fields that the file does not have."""
        name_set = set(names)
        modules = self._catalogue.modules
        removed = {
            module.api_name
            for module in modules.values()
            if module.api_name not in name_set
            and (module.generated_type == "custom" or module.parent_module not in (None, *modules))
        }
        removed |= {
            module.api_name for module in modules.values() if module.parent_module in removed
        }
        for name in removed:
            del modules[name]
        for module in list(modules.values()):
            details_by_name = fields.get(module.api_name)
            is_supported = (
                None if details_by_name is None else {item["api_name"] for item in details_by_name}
            )
            self._catalogue.replace(
                _remove_fields(
                    module,
                    {
                        field.api_name
                        for field in module.fields
                        if (
                            is_supported is not None
                            and field.custom
                            and field.api_name not in is_supported
                        )
                        or field.lookup in removed
                    },
                    removed,
                )
            )

    def take_module(self, item: Item, fields: list[Item]) -> None:
        """Change a module, or create one if the data has its fields."""
        name = item["api_name"]
        labels = {key: item[key] for key in ("singular_label", "plural_label") if item.get(key)}
        module = self._catalogue.modules.get(name)
        if module is not None:
            self._catalogue.replace(replace(module, **labels, id=item.get("id") or module.id))
        elif fields:
            new_module = number_module(
                _new_module(item, fields), len(self._catalogue.modules) + 1, self._next_id
            )
            self._catalogue.add(replace(new_module, **labels, id=item.get("id") or new_module.id))

    def take_fields(self, name: str, items: list[Item]) -> None:
        """Change the fields of a module, and add those that it lacks."""
        module = self._catalogue.modules.get(name)
        if module is None:
            return
        details_by_name = {item["api_name"]: item for item in items}
        existing_fields = [
            number_field(_change_field(field, details_by_name[field.api_name]), self._next_id)
            if field.api_name in details_by_name
            else field
            for field in module.fields
        ]
        new = [
            number_field(self._new_field(item), self._next_id)
            for api_name, item in details_by_name.items()
            if api_name not in module.field_map
        ]
        first, *others = module.sections or (Section("Information", (), self._next_id()),)
        field_names = tuple(field.api_name for field in new)
        self._catalogue.replace(
            replace(
                module,
                fields=(*existing_fields, *new),
                sections=(replace(first, fields=(*first.fields, *field_names)), *others),
            )
        )

    def _new_field(self, item: Item) -> Field:
        data_type = str(item.get("data_type") or "text")
        field = Field(item["api_name"], item["api_name"].replace("_", " "), data_type, custom=True)
        target = _target(item)
        if data_type in LOOKUP_TYPES:
            targets = tuple(
                name for name in (target or _targets(item)) if name in self._catalogue.modules
            )
            if not targets:
                data_type = ""
            elif data_type == "lookup":
                field = replace(field, lookup=targets[0])
            else:
                field = replace(field, lookup_modules=targets)
        elif data_type == "subform":
            rows = next(iter(target), "")
            field = replace(field, subform=rows)
            if rows not in self._catalogue.modules:
                data_type = ""
        if (data_type not in JSON_TYPES and data_type != "formula") or data_type in _UNKNOWN_TYPES:
            return _change_field(
                replace(field, data_type="text", subform=None), item, read_only=True
            )
        return _change_field(field, item)


def _new_module(item: Item, fields: list[Item]) -> Module:
    name = item["api_name"]
    parent = item.get("parent_module") or {}
    singular = item.get("singular_label") or name.replace("_", " ")
    if item.get("generated_type") == "subform" and isinstance(parent, dict) and parent:
        parent_id = field_types.lookup(
            "Parent_Id", parent["api_name"], read_only=True, show_in_view=False
        )
        return define.child_module(name, singular, parent["api_name"], (parent_id,))
    texts = [field["api_name"] for field in fields if field.get("data_type") == "text"]
    display = "Name" if "Name" in texts else next(iter(texts), "id")
    return define.define_module(
        name,
        singular,
        display,
        {f"{singular} Information": ()},
        columns=(display,) if display != "id" else (),
        generated_type="custom" if item.get("generated_type") != "default" else "default",
        duplicate_check_field=display if display != "id" else None,
    )


def _change_field(field: Field, item: Item, *, read_only: bool = False) -> Field:
    """Return the field with the properties that an item has."""
    changes: dict[str, Any] = {
        "id": str(item.get("id") or field.id),
        "label": item.get("field_label") or field.label,
        "length": item.get("length") or field.length,
        "mandatory": bool(item.get("system_mandatory", field.mandatory)),
        "custom": bool(item.get("custom_field", field.custom)),
        "unique": bool(item.get("unique", field.unique)),
        "read_only": read_only or field.read_only or _is_read_only(item),
    }
    if item.get("decimal_place") is not None:
        changes["decimal_place"] = item["decimal_place"]
    if isinstance(item.get("external"), dict):
        changes["external"] = item["external"].get("type")
    if item.get("pick_list_values"):
        changes["values"] = tuple(map(_choice, item["pick_list_values"]))
    if field.data_type == "autonumber":
        number = item.get("auto_number") or {}
        changes["prefix"] = number.get("prefix") or field.prefix
        changes["start_number"] = int(number.get("start_number") or field.start_number)
        changes["read_only"] = True
    if field.data_type == "boolean" and field.default is None:
        changes["default"] = False
    if field.data_type == "formula":
        formula = item.get("formula") or {}
        returned = str(formula.get("return_type") or field.formula_type or "double")
        returned = _RETURN_TYPES.get(returned, returned)
        changes["formula_type"] = returned if returned in JSON_TYPES else "text"
        changes["expression"] = formula.get("expression") or field.expression
        changes["read_only"] = True
    if changes["read_only"]:
        # No client could send it, so every record would be refused.
        changes["mandatory"] = False
    return replace(field, **changes)


def _is_read_only(item: Item) -> bool:
    operations = item.get("operation_type") or {}
    return bool(item.get("read_only")) or operations.get("api_create") is False


def _choice(value: Item) -> PickListValue:
    display_value = str(value.get("display_value") or value.get("actual_value") or "")
    return PickListValue(
        str(value.get("actual_value") or display_value),
        display_value,
        str(value.get("id") or ""),
        {key: value[key] for key in ("forecast_type", "probability") if key in value},
    )


def _target(item: Item) -> list[str]:
    """Return the module that a lookup or subform refers to: text in v2, an object later."""
    pointer = item.get("lookup") or item.get("subform") or item.get("associated_module") or {}
    module = pointer.get("module") if isinstance(pointer, dict) else pointer
    name = module.get("api_name") if isinstance(module, dict) else module
    return [str(name)] if name else []


def _targets(item: Item) -> list[str]:
    several = item.get("multi_module_lookup") or {}
    return [str(module.get("api_name")) for module in several.get("modules", ())]


def _remove_fields(module: Module, removed: set[str], removed_modules: set[str]) -> Module:
    """Return a module without some fields, and without lookups to removed modules."""
    if not removed and not removed_modules:
        return module
    return replace(
        module,
        fields=tuple(
            replace(
                field,
                lookup_modules=tuple(
                    name for name in field.lookup_modules if name not in removed_modules
                ),
            )
            for field in module.fields
            if field.api_name not in removed
        ),
        related_lists=tuple(
            related for related in module.related_lists if related.module not in removed_modules
        ),
        sections=tuple(
            replace(section, fields=tuple(name for name in section.fields if name not in removed))
            for section in module.sections
        ),
        views=tuple(
            replace(view, fields=tuple(name for name in view.fields if name not in removed))
            for view in module.views
        ),
    )
