"""Windows of Created_Time: pure numbers without requests."""

from __future__ import annotations

import random
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from django_zcrm.mirror.planning.windows import Span, Window, split_windows
from tests.cases import check_each

FIRST = datetime(2016, 1, 1, tzinfo=UTC)
LAST = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = int((LAST - FIRST).total_seconds())


def plan_windows(seconds: list[int], most: int) -> tuple[list[Window], int]:
    """Plan windows for records that were created so many seconds after the first moment."""
    seconds = sorted(seconds)

    def before(moment: datetime | None) -> int:
        if moment is None:
            return len(seconds)
        return bisect_left(seconds, (moment - FIRST).total_seconds())

    def count(span: Span) -> int:
        return before(span[1]) - (0 if span[0] is None else before(span[0]))

    plan = split_windows(FIRST + timedelta(seconds=seconds[0]), LAST, len(seconds), most)
    questions = 0
    try:
        span = next(plan)
        while True:
            questions += 1
            span = plan.send(count(span))
    except StopIteration as ended:
        planned_windows: list[Window] = ended.value
    for window in planned_windows:
        assert window.count == count((window.begin, window.end))
    assert sum(window.count for window in planned_windows) == len(seconds)
    assert [window.begin for window in planned_windows[1:]] == [
        window.end for window in planned_windows[:-1]
    ]
    assert (planned_windows[0].begin, planned_windows[-1].end) == (None, None)
    return planned_windows, questions


def spread(kind: str) -> list[int]:
    chance = random.Random(kind)  # noqa: S311
    if kind == "even":
        return [chance.randrange(YEARS) for _ in range(100_000)]
    if kind == "growing":
        return [int(YEARS * chance.random() ** 0.3) for _ in range(100_000)]
    if kind == "imported at once":
        start = YEARS // 3
        return [start + chance.randrange(7_200) for _ in range(60_000)] + [
            chance.randrange(YEARS) for _ in range(40_000)
        ]
    return [YEARS // 2 + number % 3_600 for number in range(100_000)]


@check_each("kind", ["even", "growing", "imported at once", "one hour"])
def test_few_counts_find_nearly_full_windows(kind: str) -> None:
    windows, questions = plan_windows(spread(kind), most=20_000)
    assert all(window.count <= 20_000 for window in windows)
    assert len(windows) <= 7
    assert questions <= 40


def test_few_records_are_one_window() -> None:
    assert plan_windows([5, 6, 7], most=10) == ([Window(None, None, 3)], 0)


def test_second_with_too_many_records_is_a_separate_window() -> None:
    windows, _ = plan_windows([1_000] * 500 + list(range(100)) + [2_000] * 50, most=100)
    assert max(window.count for window in windows) <= 600
    assert len(windows) <= 4
