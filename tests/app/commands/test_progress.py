"""The progress bar of commands, and when there is none."""

from __future__ import annotations

import sys

import pytest

from django_zcrm.management.progress import progress_bar


def draw_progress(capsys: pytest.CaptureFixture[str], total: int | None, *, is_shown: bool) -> str:
    with progress_bar("Leads", total, is_shown=is_shown) as advance:
        advance(3, "[red]IN PROGRESS")
    out, error = capsys.readouterr()
    assert out == ""
    return error


@pytest.mark.parametrize(("total", "text"), [(7, "3/7"), (None, "3/?")])
def test_progress_bar_shows_progress(
    total: int | None, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = draw_progress(capsys, total, is_shown=True)
    assert "Leads ([red]IN PROGRESS)" in output  # no markup of rich's
    assert text in output


def test_progress_bar_without_terminal_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert draw_progress(capsys, 7, is_shown=False) == ""


def test_without_the_extra_nothing_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    assert draw_progress(capsys, 7, is_shown=True) == ""
