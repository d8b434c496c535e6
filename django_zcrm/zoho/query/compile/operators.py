"""The operators of comparisons, grouped as the routes support them for types of fields."""

from __future__ import annotations

LISTS = frozenset({"in", "not in"})
EQUALITY = frozenset({"=", "!="}) | LISTS
ORDER = frozenset({"<", "<=", ">", ">="})
NULL = frozenset({"null", "not null"})
PATTERNS = frozenset({"contains", "not contains", "starts", "ends"})
