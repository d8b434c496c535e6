"""Trees of conditions: what is given, and its normal form without negations."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from datetime import UTC
from itertools import product
from typing import Any

import pytest
from django.db.models import F
from django.db.models import Q as DjangoQ
from hypothesis import given as examples
from hypothesis import strategies as st

from django_zcrm.zoho.calls.metadata import FieldMetadata
from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from django_zcrm.zoho.query import Q
from django_zcrm.zoho.query.compile.fields import Path
from django_zcrm.zoho.query.compile.limits import coql_limits
from django_zcrm.zoho.query.compile.query import Query, compile_query
from django_zcrm.zoho.query.compile.tree import (
    ALL,
    NONE,
    Comparison,
    Constant,
    Joined,
    Junction,
    Node,
    both,
    check_depth,
    comparisons,
    either,
    normalize,
    tree_of,
)
from tests.zoho.query.modules import get_fields

NAMES = "abcd"


def write(name: str, value: Any, negated: bool) -> Node:
    if value is not True:
        return Constant(bool(value) is not negated)
    return Comparison(Path(name, FieldMetadata(name, "text")), "!=" if negated else "=")


def tree(*args: Any, **kwargs: Any) -> Node:
    return normalize(tree_of(args, kwargs, str), write)


def holds(node: Node, values: Mapping[str, bool]) -> bool:
    match node:
        case Constant(verdict):
            return verdict
        case Comparison(path, operator):
            return values[path.text] is (operator == "=")
        case Junction("and", parts):
            return all(holds(part, values) for part in parts)
        case Junction(_, parts):
            return any(holds(part, values) for part in parts)


def meant(q: Any, values: Mapping[str, bool]) -> bool | None:
    """What a Q of either kind means; None for one without conditions, which Django leaves out."""
    if isinstance(q, tuple):
        return values[q[0]]
    truths = [truth for child in q.children if (truth := meant(child, values)) is not None]
    if not truths:
        return None
    together = {"AND": all(truths), "OR": any(truths), "XOR": sum(truths) % 2 == 1}[q.connector]
    return together is not q.negated


def some_q(kind: Any) -> st.SearchStrategy[Any]:
    def joined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        pairs = st.tuples(parts, parts)
        return st.one_of(
            pairs.map(lambda two: two[0] & two[1]),
            pairs.map(lambda two: two[0] | two[1]),
            pairs.map(lambda two: two[0] ^ two[1]),
            parts.map(lambda condition: ~condition),
        )

    comparison = st.sampled_from(NAMES).map(lambda name: kind(**{name: True}))
    return st.recursive(st.one_of(comparison, st.just(kind())), joined, max_leaves=8)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Q, DjangoQ])
def test_normal_form_matches_same_records_as_q(kind: Any) -> None:
    @examples(some_q(kind))
    def check(q: Any) -> None:
        node = tree(q)
        for verdicts in product((False, True), repeat=len(NAMES)):
            values = dict(zip(NAMES, verdicts, strict=True))
            assert holds(node, values) is (meant(q, values) is not False)

    check()


@examples(some_q(Q))
def test_junctions_alternate_and_have_parts(q: Q) -> None:
    def check(node: Node) -> None:
        if isinstance(node, Junction):
            assert len(node.parts) > 1
            for part in node.parts:
                assert not isinstance(part, Constant)
                assert not (isinstance(part, Junction) and part.word == node.word)
                check(part)

    check(tree(q))


def test_q_is_joined_as_djangos() -> None:
    kinds: list[Any] = [Q, DjangoQ]
    for kind in kinds:
        made = (kind(a=True) | ~kind(b=True)) & kind(("c", True), d=True)
        assert [comparison.path.text for comparison in comparisons(tree(made))] == [
            "a",
            "b",
            "c",
            "d",
        ]
        assert [comparison.operator for comparison in comparisons(tree(made))] == [
            "=",
            "!=",
            "=",
            "=",
        ]
        either = kind(a=True, b=True, _connector="OR", _negated=True)
        assert tree(either) == tree(~kind(a=True), ~kind(b=True))
    mixed = Q(a=True) & DjangoQ(b=True)
    assert tree(mixed) == tree(a=True, b=True)
    assert not Q()
    assert tree() == tree(Q(), ~Q()) == ALL
    with pytest.raises(TypeError):
        Q(a=True) | {"b": True}


def test_constants_vanish() -> None:
    assert tree(a=False, b=True) == NONE
    assert tree(Q(a=False) | Q(b=True)) == tree(b=True)
    assert tree(~Q(a=False), b=True) == tree(b=True)
    assert tree(~Q(a=False) | Q(b=True)) == ALL


def test_tree_with_invalid_condition_raises() -> None:
    with pytest.raises(ConfigurationError, match="not str"):
        tree("Company = 'x'")
    with pytest.raises(ConfigurationError, match="not dict"):
        tree({"Company": "x"})
    with pytest.raises(ConfigurationError, match="not by NAND"):
        tree(Q(a=True, b=True, _connector="NAND"))
    with pytest.raises(NotSupported, match="expressions"):
        tree(F("a"))


def test_the_values_of_a_q_stay_out_of_its_repr() -> None:
    assert "canary" not in repr(Q(Company="canary") | Q(Email="canary"))


def test_values_are_copied() -> None:
    values = ["a"]
    made = tree_of((), {"x__in": values}, str)
    values.append("b")
    assert made is not None
    assert made.value == ("a",)  # type: ignore[union-attr]
    assert tree_of((), {"x__in": (n for n in "ab")}, str).value == ("a", "b")  # type: ignore[union-attr]


def test_a_deep_condition_is_refused_and_not_an_error_of_pythons() -> None:
    for make in (Q, DjangoQ):
        deep: Any = make(Company="a")
        for number in range(5_000):
            deep = make(deep, make(Last_Name=str(number)), _connector=("AND", "OR")[number % 2])
        with pytest.raises(NotSupported, match="100 levels"):
            tree_of((deep,), {}, str)


def test_deep_conditions_of_combined_record_sets_are_refused() -> None:
    deep = tree_of((), {"Company": "a"}, str)
    for number in range(5_000):
        one = tree_of((), {"Company": str(number)}, str)
        deep = either(both(deep, one), one)
    query = Query("Leads", fields=("id",), where=deep)
    with pytest.raises(NotSupported, match="100 levels"):
        compile_query(query, get_fields, coql_limits(8), UTC)


def test_a_condition_that_contains_itself_is_refused() -> None:
    ring = Q(Company="a")
    ring.children.append(ring)
    with pytest.raises(NotSupported, match="100 levels"):
        tree_of((ring,), {}, str)


@pytest.mark.parametrize("word", ["AND", "OR", "XOR"])
def test_a_long_chain_of_one_operator_stays_flat(word: str) -> None:
    join = {"AND": operator.and_, "OR": operator.or_, "XOR": operator.xor}[word]
    chain = functools.reduce(join, (Q(Company=str(number)) for number in range(2_000)))
    assert len(chain.children) == 2_000
    written = tree_of((chain,), {}, str)
    assert isinstance(written, Joined)
    assert len(written.parts) == 2_000


def test_a_long_chain_of_filters_stays_flat() -> None:
    chain: Any = None
    for number in range(2_000):
        chain = both(chain, tree_of((), {"Company": str(number)}, str))
    assert len(chain.parts) == 2_000
    check_depth(chain)
