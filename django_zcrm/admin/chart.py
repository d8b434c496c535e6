"""The chart of API usage by day, as coordinates for a template to draw with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..health.limits import Hour
from ..health.report import UsageDay

WIDTH, HEIGHT = 700, 120
"""Of the drawing area, in SVG units; all coordinates are integers, whatever the locale."""


@dataclass(frozen=True)
class Bar:
    """The bar of one day: the positions of its parts, from the bottom up."""

    day: UsageDay
    x: int
    width: int
    fine_y: int
    fine_height: int
    error_y: int
    error_height: int
    limited_y: int
    limited_height: int

    @property
    def middle(self) -> int:
        """The x coordinate of its label."""
        return self.x + self.width // 2

    @property
    def credits(self) -> str:
        """The fewest credits that were left, short enough for a label; empty if not reported."""
        credits_left = self.day.credits_left
        if credits_left is None:
            return ""
        return str(credits_left) if credits_left < 10_000 else f"{credits_left // 1000}k"


@dataclass(frozen=True)
class Chart:
    """All days; `top` is the number of calls at the full height."""

    bars: list[Bar]
    top: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def tells_credits(self) -> bool:
        """Whether Zoho reported the remaining credits on any day."""
        return any(bar.credits for bar in self.bars)


@dataclass(frozen=True)
class HourBar:
    """The credits of one hour, and the position of its bar."""

    hour: Hour
    x: int
    y: int
    width: int
    height: int

    @property
    def label(self) -> datetime | None:
        """When the hour began, for every fourth bar, so that labels have room."""
        return self.hour.starts_at if self.hour.starts_at.hour % 4 == 0 else None


@dataclass(frozen=True)
class HourChart:
    """Credits by hour; `top` is the number of credits at the full height."""

    bars: list[HourBar]
    top: int
    width: int = WIDTH
    height: int = HEIGHT


def make_hour_chart(hours: list[Hour]) -> HourChart | None:
    """Return the chart of credits, or None when none were used."""
    most = max((hour.credits for hour in hours), default=0)
    if not most:
        return None
    top, step = _round_up(most), WIDTH // len(hours)
    bars = []
    for number, hour in enumerate(hours):
        height = _height(hour.credits, top)
        bars.append(HourBar(hour, number * step + 2, HEIGHT - height, step - 4, height))
    return HourChart(bars, top)


def make_chart(days: list[UsageDay]) -> Chart | None:
    """Return the chart, or None when there was no call."""
    most = max((day.calls for day in days), default=0)
    if not most:
        return None
    top = _round_up(most)
    step = WIDTH // len(days)
    return Chart([_bar(day, number * step, step, top) for number, day in enumerate(days)], top)


def _bar(day: UsageDay, x: int, step: int, top: int) -> Bar:
    limited = _height(day.limited, top)
    error = _height(day.errors - day.limited, top)
    fine = _height(day.calls - day.errors, top)
    gap = max(step // 8, 1)
    return Bar(
        day=day,
        x=x + gap,
        width=step - 2 * gap,
        fine_y=HEIGHT - fine,
        fine_height=fine,
        error_y=HEIGHT - fine - error,
        error_height=error,
        limited_y=HEIGHT - fine - error - limited,
        limited_height=limited,
    )


def _height(count: int, top: int) -> int:
    """Return at least two units for any count above zero: one error in thousands should be seen."""
    return max(round(count * (HEIGHT - 8) / top), 2) if count > 0 else 0


def _round_up(most: int) -> int:
    """Return the next number that is 1, 2 or 5 followed by zeros."""
    size = 1
    while True:
        for lead in (1, 2, 5):
            if lead * size >= most:
                return lead * size
        size *= 10
