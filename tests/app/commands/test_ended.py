"""Exports and imports whose process ends at any of their steps, and is resumed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer import importing
from django_zcrm.transfer.importing import RecordImport
from tests.app.commands.exporting import export, read
from tests.app.commands.importing import names, results

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MANY = 1_000
"""Steps, of which there are always fewer."""


class Ended(BaseException):
    """The process ended."""


@contextmanager
def ending_at(step: int, *, is_after: bool) -> Iterator[list[str]]:
    """End the process at a step: just before it, or just after it. Yields the steps taken.

    Steps are what outlives a process: files made sure of, files renamed, and requests that write.
    """
    steps: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            steps.append(name)
            if len(steps) == step and not is_after:
                raise Ended
            result = function(*args, **options)
            if len(steps) == step:
                raise Ended
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", counted("fsync", os.fsync))
        patch.setattr(os, "replace", counted("replace", os.replace))
        patch.setattr(RecordImport, "_send", counted("send", RecordImport._send))
        yield steps


def run(*words: str) -> str:
    """Run a command; return the reason for which it failed, if it did."""
    try:
        call_command(*words, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("on", [[], ["--on", "Email"]])
def test_an_import_that_ends_at_any_step_loses_and_doubles_nothing(
    on: list[str],
    is_after: bool,
    zoho: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(importing.BATCHES, "records", 4)
    seen: set[str] = set()
    for step in range(1, MANY):
        path = tmp_path / f"{step}.csv"
        path.write_text(
            "Last_Name,Email\n" + "".join(f"{step}-{n},{step}-{n}@x.example\n" for n in range(7))
        )
        words = ["zcrm_import", str(path), "--module", "Leads", *on]
        with ending_at(step, is_after=is_after) as steps:
            try:
                run(*words, "--yes")
            except Ended:
                seen.add(steps[-1])
            else:
                break
        if not path.with_name(f"{step}.result.csv").exists():
            is_unfinished = "is unfinished" in run(*words, "--yes")
            if is_unfinished:
                run(*words, "--resume")
        else:
            assert "is the result of an earlier import" in run(*words, "--yes")
        outcomes = [outcome for _, outcome, _ in results(str(path))]
        there = [name for name in names(zoho) if name.startswith(f"{step}-")]
        unknown = outcomes.count("unknown")
        assert len(outcomes) == 7
        assert len(there) == len(set(there))
        assert 7 - unknown <= len(there) <= 7
        assert unknown in ((0,) if on else (0, 3, 4))
    assert seen == {"fsync", "replace", "send"}
    assert step > 12


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("via", ["coql", "bulk"])
def test_an_export_that_ends_at_any_step_is_resumed(
    via: str, is_after: bool, zoho: SiteEmulator, tmp_path: Path, many_leads: list[str]
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--fields", "Last_Name", "--where", "Last_Name__contains=9", "--via", via]
    words += ["-o", str(path)]
    expected = [name for name in many_leads if "9" in name]
    for step in range(1, MANY):
        with ending_at(step, is_after=is_after) as steps:
            try:
                export(*words)
            except Ended:
                assert steps[-1] in ("fsync", "replace")
            else:
                break
        export(*words, "--resume")
        assert [row["Last_Name"] for row in read(path)] == expected
        assert [entry.name for entry in tmp_path.iterdir()] == ["leads.csv"]
        path.unlink()
    assert step > 6
