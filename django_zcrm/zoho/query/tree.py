"""Trees of conditions: as given (`Q`), and in a normal form that every route can write.

`given` copies a `Q`, Django's or ours, into a tree of names and values that does not change.
`normal` turns that into the normal form, in which every negation is part of a comparison: COQL
has no general NOT. A comparison is about records that have a value in the field, and does not hold
for the others; `null` says so where they are meant, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..errors import ConfigurationError, NotSupported

if TYPE_CHECKING:
    from .fields import Path


class Q:
    """Conditions that can be joined with `&`, `|` and `^`, and negated with `~`, as in Django.

    For scripts without Django; wherever a record set takes conditions, it takes Django's, too.
    """

    AND, OR, XOR = "AND", "OR", "XOR"
    conditional = True

    def __init__(
        self, *args: Any, _connector: str | None = None, _negated: bool = False, **kwargs: Any
    ) -> None:
        self.children: list[Any] = [*args, *sorted(kwargs.items())]
        self.connector = _connector or self.AND
        self.negated = _negated

    def _joined(self, other: Any, connector: str) -> Q:
        if not hasattr(other, "children"):
            raise TypeError(f"{other!r} is not a Q.")
        return Q(*(part for part in (self, other) if part.children), _connector=connector)

    def __and__(self, other: Any) -> Q:
        return self._joined(other, self.AND)

    def __or__(self, other: Any) -> Q:
        return self._joined(other, self.OR)

    def __xor__(self, other: Any) -> Q:
        return self._joined(other, self.XOR)

    def __invert__(self) -> Q:
        return Q(self, _negated=True)

    def __bool__(self) -> bool:
        return bool(self.children)

    def __repr__(self) -> str:
        # Without the values, which may be customers' data.
        return f"<Q of {len(self.children)} conditions>"


class NamedCondition(NamedTuple):
    """A condition as given: `Company__icontains` and a value."""

    name: str
    value: Any


class Joined(NamedTuple):
    """Conditions as given, joined by AND, OR or XOR, perhaps negated as a whole."""

    word: str
    parts: tuple[Given, ...]
    negated: bool = False


Given = NamedCondition | Joined


EVERYTHING: Final = Joined("AND", ())
"""Conditions as given that hold for every record."""

Rename = Callable[[str], str]


def given(
    args: Sequence[Any], kwargs: Mapping[str, Any], rename: Rename, *, negated: bool = False
) -> Given | None:
    """Return the arguments of `filter(*args, **kwargs)` as a tree; None without conditions.

    `rename` returns a name in Zoho's words. Raises ConfigurationError for what is not a condition.
    """
    return _joined("AND", [*args, *kwargs.items()], rename, negated=negated)


def both(condition: Given | None, other: Given | None) -> Given | None:
    """Join two trees, either of which may be None, with AND."""
    if condition is None or other is None:
        return condition or other
    return Joined("AND", (condition, other))


def either(condition: Given | None, other: Given | None) -> Given | None:
    """Join two trees with OR; None, which holds for every record, makes it None."""
    return None if condition is None or other is None else Joined("OR", (condition, other))


def one_of(condition: Given | None, other: Given | None) -> Given:
    """Join two trees with XOR; None holds for every record."""
    return Joined("XOR", (condition or EVERYTHING, other or EVERYTHING))


def _joined(word: str, children: Iterable[Any], rename: Rename, *, negated: bool) -> Given | None:
    if word not in ("AND", "OR", "XOR"):
        raise ConfigurationError(f"Conditions are joined by AND, OR or XOR, not by {word}.")
    # As in Django, conditions without content are left out, whatever surrounds them.
    parts = tuple(part for child in children if (part := _part(child, rename)) is not None)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 and not negated else Joined(word, parts, negated)


def _part(child: Any, rename: Rename) -> Given | None:
    if isinstance(child, tuple):
        pair: list[Any] = list(child)
        if len(pair) == 2 and isinstance(pair[0], str):
            name, value = pair
            return NamedCondition(rename(name), tuple(value) if _is_several(value) else value)
    elif hasattr(child, "children") and hasattr(child, "connector"):
        return _joined(str(child.connector), child.children, rename, negated=bool(child.negated))
    elif hasattr(child, "resolve_expression"):
        raise NotSupported(
            "Zoho compares fields with values, not with expressions: Exists(), F() and the like "
            "have no counterpart in COQL."
        )
    raise ConfigurationError(f"A condition is a Q or name=value, not {type(child).__name__}.")


class Subquery:
    """The base of what a database would take as a subquery: a record set."""


_SINGLE = frozenset({str, int, float, bool, bytes, dict, type(None)})


def _is_several(value: Any) -> bool:
    if type(value) in _SINGLE:
        return False
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    if hasattr(value, "casefold"):  # Django's lazy translations
        return False
    if isinstance(value, Subquery):
        raise NotSupported(
            "COQL has no subqueries: give the values instead of the record set, such as "
            "list(accounts.values_list('id', flat=True))."
        )
    return True


class Comparison(NamedTuple):
    """A comparison of a field with values, each written as Zoho writes them, but not quoted."""

    path: Path
    operator: str
    values: tuple[str, ...] = ()


class Junction(NamedTuple):
    """Two or more nodes joined by `and` or `or`; none of them is a junction of the same word."""

    word: str
    parts: tuple[Node, ...]


class Constant(NamedTuple):
    """Holds for every record, or for none."""

    holds: bool


Node = Comparison | Junction | Constant
ALL: Final = Constant(True)
NONE: Final = Constant(False)

MAX_COMPARISONS = 1_000
"""Comparisons that XOR may take: no route takes as many, and to write them could take minutes."""

WriteComparison = Callable[[str, Any, bool], Node]
"""Makes the node for a name with its lookup, a value, and whether it is negated."""

_WORDS = {("AND", False): "and", ("OR", True): "and", ("OR", False): "or", ("AND", True): "or"}
"""The word that joins conditions, and the other one where they are negated."""


def normal(tree: Given | None, write: WriteComparison, *, negated: bool = False) -> Node:
    """Return the normal form of a tree; `write` makes the node of each condition.

    Raises NotSupported for more conditions joined by XOR than can be written.
    """
    if tree is None:
        return ALL
    if isinstance(tree, NamedCondition):
        return write(tree.name, tree.value, negated)
    word, parts, inner = tree
    negated = negated is not inner
    if word == "XOR":
        if (size := _size(tree)) > MAX_COMPARISONS:
            raise NotSupported(
                f"COQL has no XOR, and without it these take {size:,} conditions: join fewer, or "
                "filter the rows in Python."
            )
        return _exclusive_or(parts, write, negated=negated)
    word = _WORDS[word, negated]
    return join(word, [normal(part, write, negated=negated) for part in parts])


def _size(tree: Given) -> int:
    """Return the number of comparisons of a tree; those in an XOR count several times."""
    if isinstance(tree, NamedCondition):
        return 1
    size = sum(map(_size, tree.parts))
    return size * 2 ** (len(tree.parts) - 1) if tree.word == "XOR" else size


def _exclusive_or(parts: Sequence[Given], write: WriteComparison, *, negated: bool) -> Node:
    """Return the node for "an odd number of parts hold", Django's XOR; negated, an even number."""
    *others, last = parts
    if not others:
        return normal(last, write, negated=negated)
    return join(
        "or",
        (
            join(
                "and",
                (
                    _exclusive_or(others, write, negated=is_even),
                    normal(last, write, negated=is_without),
                ),
            )
            for is_even, is_without in ((negated, True), (not negated, False))
        ),
    )


def join(word: str, nodes: Iterable[Node]) -> Node:
    """Join nodes by `and` or `or`, leaving out redundant constants."""
    parts: list[Node] = []
    for node in nodes:
        if isinstance(node, Constant):
            if node.holds is (word == "or"):
                return node
        elif isinstance(node, Junction) and node.word == word:
            parts += node.parts
        else:
            parts.append(node)
    if not parts:
        return ALL if word == "and" else NONE
    return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))


def comparisons(node: Node) -> Iterator[Comparison]:
    """Yield every comparison in a tree."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Junction):
        for part in node.parts:
            yield from comparisons(part)
