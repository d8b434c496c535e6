"""Trees of conditions: as passed (`Q`), and in a normal form that every route can write.

`tree_of` copies a `Q`, Django's or ours, into a tree of names and values that does not change.
`normalize` turns that into the normal form, in which every negation is part of a comparison: COQL
has no general NOT. A comparison is false for records without a value in the field; `null` is added
where these records must match, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ...errors import ConfigurationError, NotSupported

if TYPE_CHECKING:
    from .fields import Path


class Q:
    """Conditions that can be joined with `&`, `|` and `^`, and negated with `~`, as in Django.

    For scripts without Django; record sets accept Django's `Q` everywhere, too.
    """

    AND, OR, XOR = "AND", "OR", "XOR"
    conditional = True

    def __init__(
        self, *args: Any, _connector: str | None = None, _negated: bool = False, **kwargs: Any
    ) -> None:
        self.children: list[Any] = [*args, *sorted(kwargs.items())]
        self.connector = _connector or self.AND
        self.negated = _negated

    def _join_with(self, other: Any, connector: str) -> Q:
        if not hasattr(other, "children"):
            raise TypeError(f"{other!r} is not a Q.")
        children: list[Any] = []
        for part in (self, other):
            # As in Django, parts with the same connector are not nested.
            if part.connector == connector and not part.negated:
                children += part.children
            elif part.children:
                children.append(part)
        return Q(*children, _connector=connector)

    def __and__(self, other: Any) -> Q:
        return self._join_with(other, self.AND)

    def __or__(self, other: Any) -> Q:
        return self._join_with(other, self.OR)

    def __xor__(self, other: Any) -> Q:
        return self._join_with(other, self.XOR)

    def __invert__(self) -> Q:
        return Q(self, _negated=True)

    def __bool__(self) -> bool:
        return bool(self.children)

    def __repr__(self) -> str:
        # Without the values, which may be customers' data.
        return f"<Q of {len(self.children)} conditions>"


class NamedCondition(NamedTuple):
    """A condition as passed: `Company__icontains` and a value."""

    name: str
    value: Any


class Joined(NamedTuple):
    """Conditions as passed, joined by AND, OR or XOR, possibly negated as a whole."""

    word: str
    parts: tuple[Given, ...]
    negated: bool = False


Given = NamedCondition | Joined


EVERYTHING: Final = Joined("AND", ())
"""Conditions as given that hold for every record."""

Rename = Callable[[str], str]


def tree_of(
    args: Sequence[Any], kwargs: Mapping[str, Any], rename: Rename, *, negated: bool = False
) -> Given | None:
    """Return the arguments of `filter(*args, **kwargs)` as a tree; None without conditions.

    `rename` converts a name to Zoho's name. Raises ConfigurationError for an invalid condition.
    """
    for arg in args:
        check_depth(arg)
    return _join("AND", [*args, *kwargs.items()], rename, negated=negated)


def both(condition: Given | None, other: Given | None) -> Given | None:
    """Join two trees, either of which may be None, with AND."""
    if condition is None or other is None:
        return condition or other
    return _flat("AND", condition, other)


def either(condition: Given | None, other: Given | None) -> Given | None:
    """Join two trees with OR; the result is None, which matches every record, if one is None."""
    return None if condition is None or other is None else _flat("OR", condition, other)


def _flat(word: str, *conditions: Given) -> Joined:
    """Join trees; parts with the same connector are not nested, so long chains stay flat."""
    parts: list[Given] = []
    for condition in conditions:
        if isinstance(condition, Joined) and condition.word == word and not condition.negated:
            parts += condition.parts
        else:
            parts.append(condition)
    return Joined(word, tuple(parts))


def check_depth(tree: Any) -> None:
    """Raise NotSupported for conditions nested deeper than MAX_DEPTH; they may be a Q or a tree."""
    level, depth = [tree], 0
    while level:
        if depth > MAX_DEPTH:
            raise NotSupported(
                f"Conditions are nested more than {MAX_DEPTH} levels deep: join them in one step, "
                "as in Q(*conditions, _connector='OR')."
            )
        parts = (
            part
            for node in level
            for part in getattr(node, "parts", None) or getattr(node, "children", None) or ()
        )
        level, depth = list({id(part): part for part in parts}.values()), depth + 1


def one_of(condition: Given | None, other: Given | None) -> Given:
    """Join two trees with XOR; None matches every record."""
    return Joined("XOR", (condition or EVERYTHING, other or EVERYTHING))


def _join(word: str, children: Iterable[Any], rename: Rename, *, negated: bool) -> Given | None:
    if word not in ("AND", "OR", "XOR"):
        raise ConfigurationError(f"Conditions are joined by AND, OR or XOR, not by {word}.")
    # As in Django, conditions without content are left out in any context.
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
        return _join(str(child.connector), child.children, rename, negated=bool(child.negated))
    elif hasattr(child, "resolve_expression"):
        raise NotSupported(
            "Zoho compares fields with values, not with expressions: Exists(), F() and the like "
            "have no counterpart in COQL."
        )
    raise ConfigurationError(f"A condition is a Q or name=value, not {type(child).__name__}.")


class Subquery:
    """The base of a record set, which a database would use as a subquery."""


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
    """A comparison of a field with values in Zoho's text form, not quoted."""

    path: Path
    operator: str
    values: tuple[str, ...] = ()


class Junction(NamedTuple):
    """Two or more nodes joined by `and` or `or`; none is a junction by the same operator."""

    word: str
    parts: tuple[Node, ...]


class Constant(NamedTuple):
    """Matches every record, or none."""

    holds: bool


Node = Comparison | Junction | Constant
ALL: Final = Constant(True)
NONE: Final = Constant(False)

MAX_DEPTH = 100
"""Levels of nested conditions, far more than COQL takes, and less than Python's stack."""

MAX_COMPARISONS = 1_000
"""Comparisons that XOR may take: no route takes as many, and to write them could take minutes."""

WriteComparison = Callable[[str, Any, bool], Node]
"""Makes the node for a name with its lookup, a value, and whether it is negated."""

_WORDS = {("AND", False): "and", ("OR", True): "and", ("OR", False): "or", ("AND", True): "or"}
"""The word that joins conditions, and the other one where they are negated."""


def normalize(tree: Given | None, write: WriteComparison, *, negated: bool = False) -> Node:
    """Return the normal form of a tree; `write` creates the node of each condition.

    Raises NotSupported if XOR joins too many conditions.
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
                f"COQL has no XOR, and without it this query has {size:,} conditions: join fewer, "
                "or filter the rows in Python."
            )
        return _exclusive_or(parts, write, negated=negated)
    word = _WORDS[word, negated]
    return join(word, [normalize(part, write, negated=negated) for part in parts])


def _size(tree: Given) -> int:
    """Return the number of comparisons of a tree; those in an XOR count several times."""
    if isinstance(tree, NamedCondition):
        return 1
    size = sum(map(_size, tree.parts))
    return size * 2 ** (len(tree.parts) - 1) if tree.word == "XOR" else size


def _exclusive_or(parts: Sequence[Given], write: WriteComparison, *, negated: bool) -> Node:
    """Return the node for "an odd number of parts match", Django's XOR; negated, an even number."""
    *others, last = parts
    if not others:
        return normalize(last, write, negated=negated)
    return join(
        "or",
        (
            join(
                "and",
                (
                    _exclusive_or(others, write, negated=is_even),
                    normalize(last, write, negated=is_without),
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
