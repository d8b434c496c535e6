"""Writes COQL: a query from its parts, with safely quoted values.

The escape of an apostrophe in a text is not settled: Zoho's Kaizen 171 doubles it, other code
escapes it with a backslash. If both work, doubling alone lets a value break out of its quotes. So a
text with an apostrophe is put in double quotes, and a text is refused if the two readings differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...errors import ConfigurationError, NotSupported
from .fields import Path
from .limits import CoqlLimits
from .operators import EQUALITY, LISTS, NULL, ORDER, PATTERNS
from .tree import Comparison, Junction, Node, comparisons

EVERYTHING = "id is not null"
"""COQL demands a WHERE; this one holds for every record."""

OPERATORS = {
    "text": EQUALITY | PATTERNS | NULL,
    "choices": EQUALITY | PATTERNS | NULL,
    "number": EQUALITY | ORDER | NULL,
    "date": EQUALITY | ORDER | NULL,
    "datetime": EQUALITY | ORDER | NULL,
    "id": EQUALITY | ORDER | NULL,
    "reference": EQUALITY | NULL,
    "boolean": frozenset({"="}),
    "tags": NULL,
    "encrypted": NULL,
    "long text": frozenset[str](),
    "other": frozenset[str](),
}
"""The operators that COQL has for each family of types (ZD 381, COQL limitations page)."""

_LIKE = {
    "contains": ("like", "%{}%"),
    "not contains": ("not like", "%{}%"),
    "starts": ("like", "{}%"),
    "ends": ("like", "%{}"),
}

_RESERVED = frozenset(
    "select from where group order by limit offset and or not in like between is as null asc desc "
    "true false sum min max avg count external".split()
)
"""Names that have to be quoted (Kaizen 171); quoting others does no harm."""

_NAME = re.compile(r"!?[A-Za-z_$][\w$]*((\.|->)[\w$]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Select:
    """The parts of a query. `columns` and `orders` are already written."""

    columns: Sequence[str]
    module: str
    where: Node
    orders: Sequence[str] = ()
    groups: Sequence[Path] = ()
    view: str = ""
    limit: int | None = None
    offset: int = 0


def write(select: Select, limits: CoqlLimits) -> str:
    """Return the text of a query.

    Raises NotSupported for conditions that COQL lacks, for more conditions than COQL allows, and
    for a custom view before v7.
    """
    check(select.where, limits, select.view)
    source = f"{select.module}#{select.view}" if select.view else select.module
    parts = ["select", ", ".join(select.columns), "from", source]
    parts.append(f"where {condition(select.where, limits)}")
    if select.groups:
        parts.append(f"group by {', '.join(name(path.text) for path in select.groups)}")
    if select.orders:
        parts.append(f"order by {', '.join(select.orders)}")
    if select.limit is not None:
        parts.append(f"limit {select.limit} offset {select.offset}")
    return " ".join(parts)


def check(where: Node, limits: CoqlLimits, view: str = "") -> None:
    """Raise NotSupported if COQL does not support the conditions, or the custom view."""
    if view and not limits.has_views:
        raise NotSupported("COQL reads custom views from v7 on: use a newer API_VERSION.")
    relations, count = set[str](), 0
    for comparison in comparisons(where):
        _check_operator(comparison)
        count += _conditions_of(comparison, limits)
        if comparison.path.relations:
            relations.update(comparison.path.relations)
    if count > limits.conditions:
        raise NotSupported(
            f"COQL accepts {limits.conditions} conditions, but this query has {count}: a negation "
            f"adds a check for empty fields, and a list counts once for every {limits.values} "
            "values. Use several queries, or filter the rows in Python."
        )
    if len(relations) > limits.relations:
        raise NotSupported(
            f"COQL follows {limits.relations} lookups in conditions, but this query has "
            f"{len(relations)}: {', '.join(sorted(relations))}."
        )


def _check_operator(comparison: Comparison) -> None:
    kind = comparison.path.kind
    if comparison.operator in OPERATORS[kind]:
        return
    field = f"{comparison.path.text} ({comparison.path.field.data_type})"
    if comparison.operator in ("not starts", "not ends"):
        raise NotSupported(
            f"{field}: COQL cannot express that a text does not start or end with another. Filter "
            "the rows in Python, or exclude by icontains."
        )
    if kind == "long text":
        raise NotSupported(
            f"{field}: COQL has no conditions on fields of several lines; use "
            ".iterator(via='bulk')."
        )
    raise NotSupported(f"{field}: COQL has no {comparison.operator!r} for fields of this type.")


def conditions(node: Node, limits: CoqlLimits) -> int:
    """Return the number of conditions of a tree; Zoho allows 25."""
    return sum(_conditions_of(comparison, limits) for comparison in comparisons(node))


def _conditions_of(comparison: Comparison, limits: CoqlLimits) -> int:
    if comparison.operator in LISTS:
        return -(-len(comparison.values) // limits.values)
    return 1


def condition(node: Node, limits: CoqlLimits) -> str:
    """Return the text after WHERE, without checking it."""
    text = _write_node(node, limits)
    return text[1:-1] if isinstance(node, Junction) else text


def _write_node(node: Node, limits: CoqlLimits) -> str:
    if isinstance(node, Comparison):
        return _test(node.path, node.operator, node.values, limits)
    if isinstance(node, Junction):
        return _nest(node.word, [_write_node(part, limits) for part in node.parts])
    return EVERYTHING


def _nest(word: str, texts: Sequence[str]) -> str:
    """Join conditions in pairs, as COQL requires: ((a and b) and c)."""
    joined, *others = texts
    for other in others:
        joined = f"({joined} {word} {other})"
    return joined


def _test(path: Path, operator: str, values: Sequence[str], limits: CoqlLimits) -> str:
    field = name(path.tested)
    if operator in NULL:
        return f"{field} is {operator}"
    is_number = path.kind == "number"
    if operator in PATTERNS:
        word, pattern = _LIKE[operator]
        [value] = values
        if "%" in value:
            raise NotSupported(
                f"{path.text}: COQL treats a percent sign as a wildcard here and cannot escape "
                "it. Leave it out and filter the rows in Python."
            )
        return f"{field} {word} {quote(path, pattern.format(value))}"
    if operator in LISTS:
        size = limits.values
        groups = [values[start : start + size] for start in range(0, len(values), size)]
        texts = [
            f"{field} {operator} ({', '.join(group if is_number else _quote_all(path, group))})"
            for group in groups
        ]
        return _nest("or" if operator == "in" else "and", texts)
    value = values[0]
    return f"{field} {operator} {value if is_number else quote(path, value)}"


def _quote_all(path: Path, texts: Sequence[str]) -> list[str]:
    return [quote(path, text) for text in texts]


_DOUBTFUL = re.compile(r"[\x00-\x1f\x7f\\'\"]")


def quote(path: Path, text: str) -> str:
    """Return a text in quotes. Raises NotSupported if the text has no safe form."""
    if not _DOUBTFUL.search(text):
        return f"'{text}'"
    fault = ""
    if "\\" in text:
        fault = "a backslash, which may or may not escape what follows it"
    elif "'" in text and '"' in text:
        fault = "an apostrophe and a double quote, of which COQL takes one"
    elif any(char < " " or char == "\x7f" for char in text):
        fault = "a control character"
    if fault:
        raise NotSupported(
            f"{path.text}: the value contains {fault}. Zoho does not document how to escape that, "
            "so the query was not sent: compare with a part of the text, or filter the rows in "
            "Python."
        )
    return f'"{text}"' if "'" in text else f"'{text}'"


@lru_cache(maxsize=4096)
def name(path: str) -> str:
    """Return a path in COQL's form; raise ConfigurationError for an invalid name."""
    if not _NAME.fullmatch(path):
        raise ConfigurationError(f"{path!r} is not the API name of a field.")
    needs_quotes = "->" in path or not _RESERVED.isdisjoint(path.lower().split("."))
    return f"'{path}'" if needs_quotes else path


def order(path: Path, *, descending: bool) -> str:
    """Return an item of ORDER BY."""
    return f"{name(path.text)} {'desc' if descending else 'asc'}"


def columns(paths: Iterable[Path]) -> list[str]:
    """Return the items of SELECT."""
    return [name(path.text) for path in paths]
