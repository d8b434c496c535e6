"""How the number of calls at once falls and rises."""

from __future__ import annotations

from django_zcrm.zoho.pace import Pace, ceiling_of, edition_named, starting


def after(pace: Pace, seconds: int, actual: int, start: int = 0) -> tuple[Pace, int]:
    """The pace after some seconds in which calls never stop, and how many were refused.

    Zoho allows `actual` at once; ten times a second the pace is used to the full.
    """
    refused = 0
    for tick in range(start * 10, (start + seconds) * 10):
        now = tick / 10
        pace = pace.at(now)
        if pace.limit > actual:
            refused += pace.limit - actual
            pace = pace.refused(now)
    return pace, refused


def test_it_starts_at_the_ceiling_and_does_not_go_above() -> None:
    pace = starting(20)
    assert pace.limit == 20
    assert pace.at(1000).limit == 20


def test_a_refusal_halves_it_and_those_on_their_way_do_not_count() -> None:
    pace = starting(20).refused(10)
    assert pace.limit == 10
    assert pace.refused(10.5).limit == 10
    assert pace.refused(11.5).limit == 5


def test_it_never_falls_below_one() -> None:
    pace = starting(5)
    for second in range(0, 100, 2):
        pace = pace.refused(second)
    assert pace.limit == 1


def test_it_finds_a_lower_limit_and_rarely_asks_for_more() -> None:
    for actual in (1, 5, 10, 15, 19):
        pace, _ = after(starting(20), 60, actual)
        pace, refused = after(pace, 100, actual, start=60)
        assert actual - 1 <= pace.limit <= actual + 1
        # Calls of 100 ms: `actual` of them ten times a second.
        assert refused <= 0.01 * actual * 10 * 100 + 13


def test_it_is_back_in_thirty_seconds_when_the_limit_is() -> None:
    pace, _ = after(starting(20), 120, 10)
    pace, refused = after(pace, 30, 20, start=120)
    assert (pace.limit, refused) == (20, 0)


def test_another_ceiling_is_taken_over() -> None:
    assert starting(25).below(20).limit == 20
    assert starting(10).below(20).limit == 20
    assert starting(25).refused(1).below(20).limit == 12


def test_editions_have_the_names_of_the_limits_page() -> None:
    assert edition_named("enterprise") == "Enterprise"
    assert edition_named("CRMPlus_Trial") == "Ultimate"
    assert edition_named("none of them") == ""
    assert [ceiling_of(name) for name in ("Free", "Ultimate", "")] == [5, 25, 25]
