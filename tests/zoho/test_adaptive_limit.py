"""How the number of calls at once falls and rises."""

from __future__ import annotations

from django_zcrm.zoho.limits.adaptive_limit import (
    AdaptiveLimit,
    ceiling_of,
    edition_named,
    initial_limit,
)


def after(
    adaptive_limit: AdaptiveLimit, seconds: int, actual: int, start: int = 0
) -> tuple[AdaptiveLimit, int]:
    """The adaptive limit after some seconds in which calls never stop, and how many were refused.

    Zoho allows `actual` at once; ten times a second the adaptive limit is used to the full.
    """
    refused = 0
    for tick in range(start * 10, (start + seconds) * 10):
        now = tick / 10
        adaptive_limit = adaptive_limit.at(now)
        if adaptive_limit.limit > actual:
            refused += adaptive_limit.limit - actual
            adaptive_limit = adaptive_limit.decrease(now)
    return adaptive_limit, refused


def test_limit_starts_at_the_ceiling_and_never_exceeds_it() -> None:
    adaptive_limit = initial_limit(20)
    assert adaptive_limit.limit == 20
    assert adaptive_limit.at(1000).limit == 20


def test_refusal_halves_the_limit_once_for_calls_in_flight() -> None:
    adaptive_limit = initial_limit(20).decrease(10)
    assert adaptive_limit.limit == 10
    assert adaptive_limit.decrease(10.5).limit == 10
    assert adaptive_limit.decrease(11.5).limit == 5


def test_limit_never_falls_below_one() -> None:
    adaptive_limit = initial_limit(5)
    for second in range(0, 100, 2):
        adaptive_limit = adaptive_limit.decrease(second)
    assert adaptive_limit.limit == 1


def test_adaptive_limit_settles_below_a_lower_limit() -> None:
    for actual in (1, 5, 10, 15, 19):
        adaptive_limit, _ = after(initial_limit(20), 60, actual)
        adaptive_limit, refused = after(adaptive_limit, 100, actual, start=60)
        assert actual - 1 <= adaptive_limit.limit <= actual + 1
        # Calls of 100 ms: `actual` of them ten times a second.
        assert refused <= 0.01 * actual * 10 * 100 + 13


def test_limit_recovers_in_thirty_seconds() -> None:
    adaptive_limit, _ = after(initial_limit(20), 120, 10)
    adaptive_limit, refused = after(adaptive_limit, 30, 20, start=120)
    assert (adaptive_limit.limit, refused) == (20, 0)


def test_another_ceiling_is_taken_over() -> None:
    assert initial_limit(25).below(20).limit == 20
    assert initial_limit(10).below(20).limit == 20
    assert initial_limit(25).decrease(1).below(20).limit == 12


def test_editions_have_the_names_of_the_limits_page() -> None:
    assert edition_named("enterprise") == "Enterprise"
    assert edition_named("CRMPlus_Trial") == "Ultimate"
    assert edition_named("none of them") == ""
    assert [ceiling_of(name) for name in ("Free", "Ultimate", "")] == [5, 25, 25]
