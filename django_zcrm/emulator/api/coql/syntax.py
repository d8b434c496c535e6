"""The grammar of COQL: text to a tree and back.

query     := SELECT columns FROM module ["#" view] WHERE condition
                 [GROUP BY path {, path}] [ORDER BY order {, order}]
                 [LIMIT number [OFFSET number] | LIMIT number "," number]
    columns   := column {"," column}       column := (path | aggregate) [AS alias]
    aggregate := (SUM | MIN | MAX | AVG | COUNT) "(" path ")"
    condition := operand [(AND | OR) operand]
    operand   := "(" condition ")" | path operator value | path IS [NOT] NULL
               | path [NOT] BETWEEN value AND value | path [NOT] IN "(" value {"," value} ")"
               | path [NOT] LIKE text

Each level holds one AND or OR: more than two conditions must be nested in parentheses, as Zoho
demands (COQL limitations page, Kaizen #171). A path may be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ...core import Refusal
from ...engine.criteria import Condition, Criteria, Group
from ...guesses import behaves

AGGREGATES = ("SUM", "MIN", "MAX", "AVG", "COUNT")
COMPARISONS = ("=", "!=", ">=", "<=", ">", "<")

MAX_LEVELS = 100
"""How deep parentheses may nest; 25 conditions need 24."""

T = TypeVar("T")

_TEXTS = {
    "backslash": r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""",
    "doubled": r"""'(?:''|[^'])*'|"(?:""|[^"])*\"""",
    "both": r"""'(?:\\.|''|[^'\\])*'|"(?:\\.|[^"\\])*\"""",
}
"""How a text writes its own quotes. Zoho's Kaizen #171 doubles them, most users escape them."""

_GRAMMAR = r"""\s*(?:
        (?P<text>TEXT)
      | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?)
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<word>!?[$\w]+(?:(?:\.|->)[$\w]+)*)
      | (?P<symbol><>|!=|>=|<=|[=<>(),\#])
    )"""
_TOKENS = {
    quotes: re.compile(_GRAMMAR.replace("TEXT", text), re.VERBOSE)
    for quotes, text in _TEXTS.items()
}
_WHOLE = re.compile(r"[0-9]{1,19}")
"""A number of LIMIT and OFFSET, or the id of a view, which has 19 digits."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. `kind` is text, number, moment or word, depending on how it was written."""

    text: str
    kind: str = "text"

    def __str__(self) -> str:
        if self.kind != "text":
            return self.text
        return "'" + self.text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """One comparison of a path: `operator` is a comparison, `is null`, `between`, `in`, `like`."""

    def __str__(self) -> str:
        word = f"not {self.operator}" if self.negated else self.operator
        match self.operator:
            case "is null":
                return f"'{self.path}' is {'not ' if self.negated else ''}null"
            case "between":
                return f"'{self.path}' {word} {self.values[0]} and {self.values[1]}"
            case "in":
                return f"'{self.path}' {word} ({', '.join(map(str, self.values))})"
        return f"'{self.path}' {word} {self.values[0]}"


@dataclass(frozen=True, slots=True)
class ConditionGroup(Group):
    """Two conditions joined by `and` or `or`."""

    def __str__(self) -> str:
        return f"({self.left} {self.word} {self.right})"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result: a path or an aggregate of one, under an alias or its own text."""

    path: str
    aggregate: str = ""
    alias: str = ""

    @property
    def key(self) -> str:
        """The key in a row. For an aggregate it is the literal text."""
        return self.alias or (f"{self.aggregate}({self.path})" if self.aggregate else self.path)

    def __str__(self) -> str:
        text = f"{self.aggregate}('{self.path}')" if self.aggregate else f"'{self.path}'"
        return f"{text} as '{self.alias}'" if self.alias else text


@dataclass(frozen=True, slots=True)
class Order:
    """One item of ORDER BY: a path, an aggregate's text or an alias."""

    name: str
    descending: bool = False

    def __str__(self) -> str:
        return f"'{self.name}' {'desc' if self.descending else 'asc'}"


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `limit` is None when the query has none."""

    columns: tuple[Column, ...]
    module: str
    condition: Criteria
    view: str = ""
    group_by: tuple[str, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0

    def __str__(self) -> str:
        module = f"{self.module}#{self.view}" if self.view else self.module
        columns = ", ".join(map(str, self.columns))
        parts = ["select", columns, "from", module, "where", str(self.condition)]
        if self.group_by:
            parts.append("group by " + ", ".join(f"'{path}'" for path in self.group_by))
        if self.order_by:
            parts.append("order by " + ", ".join(map(str, self.order_by)))
        if self.limit is not None:
            parts.append(f"limit {self.limit} offset {self.offset}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def keyword(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def parse(text: str, quotes: str = "both") -> Query:
    """Parse a query; `quotes` selects how texts escape quotes: backslash, doubled, or both.

    Raises Refusal SYNTAX_ERROR with the position.
    """
    return _Parser(text, quotes).query()


def _unquote(text: str, quotes: str) -> str:
    quote, inner = text[0], text[1:-1]
    if quotes == "doubled" or (quotes == "both" and quote == "'"):
        inner = inner.replace(quote * 2, quote)
    return inner if quotes == "doubled" else re.sub(r"\\(.)", r"\1", inner)


class _Parser:
    def __init__(self, text: str, quotes: str) -> None:
        self._text = text
        self._quotes = quotes
        self._tokens = list(self._split(text))
        self._next = 0
        self._level = 0

    def _split(self, text: str) -> Iterator[_Token]:
        at = 0
        while at < len(text.rstrip()):
            match = _TOKENS[self._quotes].match(text, at)
            if match is None:
                raise self._error(len(text) - len(text[at:].lstrip()))
            kind = str(match.lastgroup)
            yield _Token(kind, match[kind], match.start(kind))
            at = match.end()

    def query(self) -> Query:
        if self._peek().keyword != "select":
            raise self._missing_clause_error("select")
        self._next += 1
        columns = self._parse_list(self._column)
        self._clause("from")
        module, view = self._module()
        self._clause("where")
        condition = self._condition()
        group_by: tuple[str, ...] = ()
        order_by: tuple[Order, ...] = ()
        if self._take("group"):
            self._expect_word("by")
            group_by = self._parse_list(self._path)
        if self._take("order"):
            self._expect_word("by")
            order_by = self._parse_list(self._order)
        limit, offset = self._window()
        if self._next < len(self._tokens):
            raise self._error(self._peek().at)
        return Query(columns, module, condition, view, group_by, order_by, limit, offset)

    def _column(self) -> Column:
        aggregate, path = self._aggregate()
        alias = ""
        if self._take("as"):
            if self._peek().text in ("''", '""'):
                raise Refusal("INVALID_ALIAS", "the alias given is empty", details={"alias": ""})
            alias = self._path()
        return Column(path, aggregate, alias)

    def _aggregate(self) -> tuple[str, str]:
        token = self._peek()
        after = self._peek(1)
        if token.kind == "word" and after.text == "(":
            if token.text not in AGGREGATES:  # upper case only, according to the manual
                raise self._error(token.at)
            self._next += 2
            path = self._path()
            self._expect_symbol(")")
            return token.text, path
        return "", self._path()

    def _module(self) -> tuple[str, str]:
        name, view = self._path(), ""
        if self._peek().text == "#":
            self._next += 1
            view = self._number("number")
        return name, view

    def _condition(self) -> Criteria:
        left = self._operand()
        word = self._peek().keyword
        if word not in ("and", "or"):
            return left
        self._next += 1
        right = self._operand()
        if self._peek().keyword in ("and", "or"):
            raise self._error(self._peek().at)
        return ConditionGroup(word, left, right)

    def _operand(self) -> Criteria:
        if self._peek().text == "(":
            self._level += 1
            if self._level > MAX_LEVELS:
                raise self._error(self._peek().at)
            self._next += 1
            inner = self._condition()
            self._level -= 1
            self._expect_symbol(")")
            return inner
        return self._predicate()

    def _predicate(self) -> Comparison:
        path = self._path()
        token = self._peek()
        if token.kind == "symbol" and (token.text in COMPARISONS or token.text == "<>"):
            if token.text == "<>" and behaves("coql.not-equal", "refused"):
                raise self._error(token.at)
            self._next += 1
            return Comparison(path, "!=" if token.text == "<>" else token.text, (self._value(),))
        if self._take("is"):
            negated = self._take("not")
            self._expect_word("null")
            return Comparison(path, "is null", (), negated)
        negated = self._take("not")
        if self._take("between"):
            low = self._value()
            self._expect_word("and")
            return Comparison(path, "between", (low, self._value()), negated)
        if self._take("in"):
            self._expect_symbol("(")
            values = self._parse_list(self._value)
            self._expect_symbol(")")
            return Comparison(path, "in", values, negated)
        if self._take("like"):
            return Comparison(path, "like", (self._value(),), negated)
        raise self._error(self._peek().at)

    def _value(self) -> Value:
        token = self._peek()
        if token.kind == "text":
            self._next += 1
            return Value(_unquote(token.text, self._quotes))
        if token.keyword not in ("", "true", "false") and behaves("coql.unquoted-text", "refused"):
            raise self._error(token.at)
        if token.kind in ("number", "moment", "word"):
            self._next += 1
            return Value(token.text, token.kind)
        raise self._error(token.at)

    def _order(self) -> Order:
        aggregate, path = self._aggregate()
        name = f"{aggregate}({path})" if aggregate else path
        if self._take("desc"):
            return Order(name, True)
        self._take("asc")
        return Order(name)

    def _window(self) -> tuple[int | None, int]:
        if not self._take("limit"):
            return None, 0
        first = int(self._number("limit"))
        if self._peek().text == ",":
            self._next += 1
            return int(self._number("limit")), first
        if self._take("offset"):
            return first, int(self._number("offset"))
        return first, 0

    def _number(self, clause: str) -> str:
        token = self._peek()
        if token.kind != "number" or not _WHOLE.fullmatch(token.text):
            raise self._missing_clause_error(clause)
        self._next += 1
        return token.text

    def _path(self) -> str:
        token = self._peek()
        if token.kind == "word" and token.keyword not in _RESERVED:
            self._next += 1
            return token.text
        if token.kind == "text":  # reserved words are quoted (Kaizen #171)
            self._next += 1
            return _unquote(token.text, self._quotes)
        raise self._error(token.at)

    def _parse_list(self, parse: Callable[[], T]) -> tuple[T, ...]:
        items = [parse()]
        while self._peek().text == ",":
            self._next += 1
            items.append(parse())
        return tuple(items)

    def _peek(self, ahead: int = 0) -> _Token:
        at = self._next + ahead
        return self._tokens[at] if at < len(self._tokens) else _Token("end", "", len(self._text))

    def _take(self, keyword: str) -> bool:
        if self._peek().keyword == keyword:
            self._next += 1
            return True
        return False

    def _clause(self, keyword: str) -> None:
        if not self._take(keyword):
            if self._peek().kind == "end":
                raise self._missing_clause_error(keyword)
            raise self._error(self._peek().at)

    def _expect_word(self, keyword: str) -> None:
        if not self._take(keyword):
            raise self._error(self._peek().at)

    def _expect_symbol(self, symbol: str) -> None:
        if self._peek().text != symbol:
            raise self._error(self._peek().at)
        self._next += 1

    def _missing_clause_error(self, clause: str) -> Refusal:
        return Refusal("SYNTAX_ERROR", "missing clause", details={"clause": clause})

    def _error(self, at: int) -> Refusal:
        before = self._text[:at]
        near = self._text[at:].split(maxsplit=1)
        return Refusal(
            "INVALID_QUERY"
            if " (select " in self._text and behaves("coql.subqueries", "INVALID_QUERY")
            else "SYNTAX_ERROR",
            "error occured while parsing the query",
            details={
                "near": near[0] if near else "",
                "line": before.count("\n") + 1,
                "column": at - (before.rfind("\n") + 1) + 1,
            },
        )


_RESERVED = frozenset(
    "select from where group order by limit offset and or not in like between is as".split()
)
