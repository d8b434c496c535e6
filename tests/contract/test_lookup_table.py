"""The reference of lookups by type of field says what happens: every cell is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.metadata import Field, ModuleFields
from django_zcrm.zoho.query import Q, bulk, coql, tree
from django_zcrm.zoho.query.fields import FAMILIES, LOOKUPS
from django_zcrm.zoho.query.limits import coql_limits
from django_zcrm.zoho.query.query import Compiled, Query, compile_query

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
    """Yield the type of a field, a lookup, and what the table says about both."""
    section = PAGE.read_text().partition("## Lookups")[2].partition("\n## ")[0]
    head, _, *rows = [line for line in section.splitlines() if line.startswith("|")]
    types = [cell.strip().split(", ") for cell in head.strip("|").split("|")[1:]]
    for row in rows:
        about, *told = (cell.strip() for cell in row.strip("|").split("|"))
        names = re.findall(r"`(\w+)`", about)
        if "also with" in about or "likewise" in about:
            part, *others = names
            others = others or ["gt", "gte", "lt", "lte", "in", "range"]
            names = [part, *(f"{part}__{other}" for other in others)]
        for labels, said in zip(types, told, strict=True):
            for label in labels:
                for name in names:
                    yield TYPES.get(label, label), name, said


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


def compiled(data_type: str, lookup: str, *, negated: bool = False) -> Compiled:
    """Compile a query with one condition, on a field of a type."""
    name = "id" if data_type == "id" else "Thing"
    fields = ModuleFields("Things", [Field(name, data_type, ("Others",))])
    condition = Q(**{f"{name}__{lookup}": value_for(data_type, lookup)})
    where = tree.given((condition,), {}, str, negated=negated)
    query = Query("Things", fields=("id",), where=where)
    return compile_query(query, lambda module: fields, coql_limits(8), UTC)


def by_coql(asked: Compiled) -> bool:
    """Tell whether COQL takes the condition."""
    try:
        coql.check(asked.where, asked.limits)
    except NotSupported:
        return False
    return True


def by_bulk(asked: Compiled) -> bool:
    """Tell whether a bulk read takes the condition."""
    try:
        bulk.check(asked)
    except NotSupported:
        return False
    return True


@pytest.mark.parametrize(("data_type", "lookup", "said"), CELLS)
def test_a_cell_is_true(data_type: str, lookup: str, said: str) -> None:
    if said == "":
        with pytest.raises(ConfigurationError):
            compiled(data_type, lookup)
        return
    if said == "no":
        for negated in (False, True):
            with pytest.raises(NotSupported):
                compiled(data_type, lookup, negated=negated)
        return
    asked = compiled(data_type, lookup)
    negation = compiled(data_type, lookup, negated=True)
    match said:
        case "never empty":
            assert (asked.where, negation.where) == (tree.NONE, tree.ALL)
        case "yes, not negated":
            assert (by_coql(asked), by_coql(negation)) == (True, False)
        case "bulk":
            assert not by_coql(asked)
            assert not by_coql(negation)
            assert by_bulk(asked)
            assert by_bulk(negation)
        case "bulk, not negated":
            assert not by_coql(asked)
            assert (by_bulk(asked), by_bulk(negation)) == (True, False)
        case _:
            assert said in ("yes", "ids", "as a range", "yes; a list is the whole choice")
            assert by_coql(asked)
            assert by_coql(negation)


def test_the_table_has_every_lookup_and_every_type_that_takes_one() -> None:
    assert {lookup.partition("__")[0] for _, lookup, _ in CELLS} == LOOKUPS
    assert {data_type for data_type, _, _ in CELLS} == FAMILIES.keys() - {"tags"}


@pytest.mark.parametrize(
    ("field", "takes"),
    [
        (Field("Thing", "tags"), {"isnull"}),
        (Field("Thing", "text", is_encrypted=True), {"isnull"}),
        (Field("Thing", "subform"), set()),
        (Field("Thing", "multiselectlookup"), set()),
        (Field("Thing", "fileupload"), set()),
        (Field("Thing", "imageupload"), set()),
    ],
    ids=lambda value: str(value),
)
def test_other_types_take_what_stands_below_the_table(field: Field, takes: set[str]) -> None:
    def is_taken(lookup: str) -> bool:
        value = {"isnull": True, "in": ["5"], "range": ("5", "6")}.get(lookup, "5")
        where = tree.given((), {f"Thing__{lookup}": value}, str, negated=False)
        query = Query("Things", fields=("id",), where=where)
        fields = ModuleFields("Things", [field])
        try:
            return by_coql(compile_query(query, lambda module: fields, coql_limits(8), UTC))
        except (NotSupported, ConfigurationError):
            return False

    assert {lookup for lookup in LOOKUPS if is_taken(lookup)} == takes
