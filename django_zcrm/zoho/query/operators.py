"""The operators of comparisons, in the groups in which routes have them for types of fields."""

from __future__ import annotations

LISTS = frozenset({"in", "not in"})
EQUALITY = frozenset({"=", "!="}) | LISTS
ORDER = frozenset({"<", "<=", ">", ">="})
NULL = frozenset({"null", "not null"})
PATTERNS = frozenset({"contains", "not contains", "starts", "ends"})
