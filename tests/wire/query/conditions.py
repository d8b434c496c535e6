"""Random conditions, orders and slices of the oracle's leads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from hypothesis import strategies as st

from tests.wire.query.oracle import BETWEEN, DAYS, DEPARTMENTS, TEXTS, VALUES

FRAGMENTS = ["a", "ACME", "", "o'n", '"', "ed, i", "@", "zzz", " "]
ORDERED = ("exact", "in", "isnull", "gt", "gte", "lt", "lte", "range")
SORTED_BY = (*VALUES, "Email_Opt_Out", "id")


def conditions(lead_ids: Sequence[int], contact_ids: Sequence[int]) -> st.SearchStrategy[Q]:
    """Random conditions, of which some cannot be written in COQL."""
    ids = list(lead_ids[:: max(1, len(lead_ids) // 5)])
    choices = [
        *(_comparisons(name, values) for name, values in VALUES.items()),
        *(_words(name) for name in TEXTS),
        _flags("Email_Opt_Out"),
        _comparisons("id", ids),
        _within("Referred_By", list(contact_ids), ("exact", "in")),
        _within("Referred_By__Department", DEPARTMENTS, ("exact", "in")),
        _words("Referred_By__Last_Name"),
        st.sampled_from([True, False]).map(lambda it: Q(Referred_By__isnull=it)),
        _parts("Demo_Scheduled_At__date", DAYS),
        _parts("Demo_Scheduled_At__year", [2024, 2025, 2026]),
        _parts("Follow_Up_Date__year", [2024, 2025, 2026]),
    ]
    # In Django, a condition with XOR may neither hold nor fail where a field is empty, so here it
    # is about fields that never are.
    full = st.one_of(_flags("Email_Opt_Out"), _comparisons("id", ids))
    choices.append(st.tuples(full, full).map(lambda two: two[0] ^ two[1]))
    choices.append(st.tuples(full, full, full).map(lambda it: it[0] ^ ~it[1] ^ it[2]))
    return st.recursive(st.one_of(choices), _draw_combination, max_leaves=6)


def orders() -> st.SearchStrategy[list[str]]:
    """Random names for `order_by()`; most leave ties."""
    names = st.lists(st.sampled_from(SORTED_BY), max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.tuples(*map(_draw_direction, chosen))).map(list)


def _draw_direction(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, f"-{name}"])


def slices(size: int) -> st.SearchStrategy[slice]:
    """Random slices of so many records, some of them empty or without an end."""
    return st.builds(
        slice,
        st.none() | st.integers(0, size + 5),
        st.none() | st.integers(0, size + 5),
    )


def _draw_combination(parts: st.SearchStrategy[Q]) -> st.SearchStrategy[Q]:
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda two: two[0] & two[1]),
        pairs.map(lambda two: two[0] | two[1]),
        parts.map(lambda condition: ~condition),
    )


def _q(name: str, lookup: str, value: Any) -> Q:
    return Q(**{f"{name}__{lookup}": value})


def _within(name: str, values: list[Any], lookups: tuple[str, ...]) -> st.SearchStrategy[Q]:
    value = st.sampled_from(values)
    several = st.lists(value, max_size=3)
    kinds = {
        "in": several.map(lambda it: _q(name, "in", it)),
        "range": st.tuples(value, value).map(lambda it: _q(name, "range", it)),
        "isnull": st.booleans().map(lambda it: _q(name, "isnull", it)),
    }
    return st.one_of(
        [kinds[by] if by in kinds else value.map(partial(_q, name, by)) for by in lookups]
    )


def _comparisons(name: str, values: list[Any]) -> st.SearchStrategy[Q]:
    if name in TEXTS:
        return _within(name, values, ("exact", "in", "isnull"))
    if name == "Demo_Scheduled_At":
        values = [*values, *BETWEEN]
    return _within(name, values, ORDERED)


def _parts(name: str, values: list[Any]) -> st.SearchStrategy[Q]:
    return _within(name, values, ("exact", "gt", "gte", "lt", "lte", "in", "range"))


def _words(name: str) -> st.SearchStrategy[Q]:
    return _within(name, FRAGMENTS, ("contains", "icontains", "startswith", "iendswith"))


def _flags(name: str) -> st.SearchStrategy[Q]:
    return _within(name, [True, False], ("exact", "in", "isnull"))
