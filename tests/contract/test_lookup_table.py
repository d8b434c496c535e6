"""The reference of lookups by type of field is true: every cell is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.calls.metadata import FieldMetadata, ModuleFields
from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.query import Q
from django_zcrm.zoho.query.compile import bulk_criteria as bulk
from django_zcrm.zoho.query.compile import coql, tree
from django_zcrm.zoho.query.compile.fields import FAMILIES, LOOKUPS
from django_zcrm.zoho.query.compile.limits import coql_limits
from django_zcrm.zoho.query.compile.query import CompiledQuery, Query, compile_query
from tests.cases import check_each

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/record-sets.md"

TYPES = {
    "multi-select picklist": "multiselectpicklist",
    "number": "integer",
    "decimal": "double",
    "long integer": "bigint",
    "checkbox": "boolean",
    "multi-module lookup": "multi_module_lookup",
    "owner": "ownerlookup",
    "user": "userlookup",
    "several lines": "textarea",
}
"""What the page's headings stand for in Zoho's metadata, where that is another word."""

VALUES: dict[str, Any] = {
    "text": "Acme",
    "long text": "Acme",
    "choices": "English",
    "number": 7,
    "date": "2026-02-03",
    "datetime": datetime(2026, 2, 3, tzinfo=UTC),
    "boolean": True,
    "reference": "5",
    "id": "5",
}


def cells() -> Iterator[tuple[str, str, str]]:
    """Yield the type of a field, a lookup, and the table's cell about both."""
    section = PAGE.read_text().partition("## Lookups")[2].partition("\n## ")[0]
    head, _, *rows = [line for line in section.splitlines() if line.startswith("|")]
    types = [cell.strip().split(", ") for cell in head.strip("|").split("|")[1:]]
    for row in rows:
        about, *cells_of_row = (cell.strip() for cell in row.strip("|").split("|"))
        names = re.findall(r"`(\w+)`", about)
        if "also with" in about or "likewise" in about:
            part, *others = names
            others = others or ["gt", "gte", "lt", "lte", "in", "range"]
            names = [part, *(f"{part}__{other}" for other in others)]
        for labels, promise in zip(types, cells_of_row, strict=True):
            for label in labels:
                for name in names:
                    yield TYPES.get(label, label), name, promise


CELLS = list(cells())


def value_for(data_type: str, lookup: str) -> Any:
    """Return a value that fits a field and a lookup."""
    value = 2026 if lookup.startswith("year") else VALUES[FAMILIES[data_type]]
    if lookup.startswith("date"):
        value = "2026-02-03"
    match lookup.rpartition("__")[2]:
        case "isnull":
            return True
        case "in":
            return [value]
        case "range":
            return (value, value)
    return value


def compile_condition(data_type: str, lookup: str, *, negated: bool = False) -> CompiledQuery:
    """Compile a query with one condition, on a field of a type."""
    name = "id" if data_type == "id" else "Thing"
    fields = ModuleFields("Things", [FieldMetadata(name, data_type, ("Others",))])
    condition = Q(**{f"{name}__{lookup}": value_for(data_type, lookup)})
    where = tree.tree_of((condition,), {}, str, negated=negated)
    query = Query("Things", fields=("id",), where=where)
    return compile_query(query, lambda module: fields, coql_limits(8), UTC)


def by_coql(query: CompiledQuery) -> bool:
    """Return whether COQL takes the condition."""
    try:
        coql.check(query.where, query.limits)
    except NotSupported:
        return False
    return True


def by_bulk(query: CompiledQuery) -> bool:
    """Return whether a bulk read takes the condition."""
    try:
        bulk.check(query)
    except NotSupported:
        return False
    return True


@check_each(("data_type", "lookup", "promise"), CELLS)
def test_a_cell_is_true(data_type: str, lookup: str, promise: str) -> None:
    if promise == "":
        with pytest.raises(ConfigurationError):
            compile_condition(data_type, lookup)
        return
    if promise == "no":
        for negated in (False, True):
            with pytest.raises(NotSupported):
                compile_condition(data_type, lookup, negated=negated)
        return
    query = compile_condition(data_type, lookup)
    negation = compile_condition(data_type, lookup, negated=True)
    match promise:
        case "never empty":
            assert (query.where, negation.where) == (tree.NONE, tree.ALL)
        case "yes, not negated":
            assert (by_coql(query), by_coql(negation)) == (True, False)
        case "bulk":
            assert not by_coql(query)
            assert not by_coql(negation)
            assert by_bulk(query)
            assert by_bulk(negation)
        case "bulk, not negated":
            assert not by_coql(query)
            assert (by_bulk(query), by_bulk(negation)) == (True, False)
        case _:
            assert promise in ("yes", "ids", "as a range", "yes; a list means all selected values")
            assert by_coql(query)
            assert by_coql(negation)


def test_lookup_table_has_every_lookup_and_every_type() -> None:
    assert {lookup.partition("__")[0] for _, lookup, _ in CELLS} == LOOKUPS
    assert {data_type for data_type, _, _ in CELLS} == FAMILIES.keys() - {"tags"}


@pytest.mark.parametrize(
    ("field", "takes"),
    [
        (FieldMetadata("Thing", "tags"), {"isnull"}),
        (FieldMetadata("Thing", "text", is_encrypted=True), {"isnull"}),
        (FieldMetadata("Thing", "subform"), set()),
        (FieldMetadata("Thing", "multiselectlookup"), set()),
        (FieldMetadata("Thing", "fileupload"), set()),
        (FieldMetadata("Thing", "imageupload"), set()),
    ],
    ids=lambda value: str(value),
)
def test_other_types_support_lookups_below_table(field: FieldMetadata, takes: set[str]) -> None:
    def is_taken(lookup: str) -> bool:
        value = {"isnull": True, "in": ["5"], "range": ("5", "6")}.get(lookup, "5")
        where = tree.tree_of((), {f"Thing__{lookup}": value}, str, negated=False)
        query = Query("Things", fields=("id",), where=where)
        fields = ModuleFields("Things", [field])
        try:
            return by_coql(compile_query(query, lambda module: fields, coql_limits(8), UTC))
        except (NotSupported, ConfigurationError):
            return False

    assert {lookup for lookup in LOOKUPS if is_taken(lookup)} == takes
