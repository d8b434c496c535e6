"""Situations that steps of a history cause, and that the mirror has to survive."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.testing.simulation import History, Step, replay, zoho_admins
from django_zcrm.testing.simulation.history import CORE, WEIGHTS, generate
from django_zcrm.testing.simulation.network import REFUSED
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MODELS = [Account, Contact, Lead]
LEADS = (2,)


def play(*steps: tuple[str, dict[str, Any]], **setup: Any) -> list[str]:
    """Play a history of leads, and return its trace."""
    numbered = (Step(number, *step) for number, step in enumerate(steps, 1))
    return replay(MODELS, History(1, LEADS, tuple(numbered), **setup))


def at(kind: str, pick: int = 0, field: int = 0) -> tuple[str, dict[str, Any]]:
    """Return a step that picks a row or record, and a field."""
    return kind, {"pick": pick, "field": field}


def work(**worker: Any) -> tuple[str, dict[str, Any]]:
    """Return a step in which a worker does what is due."""
    return "work", {"workers": [worker]}


WAIT = ("wait", {"seconds": 90_000})
EDIT, SYNC = at("zoho_edit"), (WAIT, work())


def count(trace: list[str], text: str) -> int:
    """Return the number of lines with a text."""
    return sum(text in line for line in trace)


def test_each_step_but_those_of_the_core_is_left_out_of_some_histories() -> None:
    histories = [{step.kind for step in generate(seed, 3, 2000).steps} for seed in range(40)]

    assert {kind for kind in WEIGHTS if all(kind in kinds for kinds in histories)} == CORE
    assert set().union(*histories) == set(WEIGHTS)


def test_worker_killed_after_a_commit_does_no_more() -> None:
    trace = play(EDIT, WAIT, work(kill_after=1), records=1)

    assert count(trace, "worker1 ended: ProcessKilled") == 1
    assert count(trace, "worker1: ") < count(play(EDIT, WAIT, work(), records=1), "worker1: ")


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=list(REFUSED))
def test_refused_calls_are_made_up_for_later(number: int) -> None:
    changes = at("edit", 0, 1), EDIT, at("zoho_create"), at("zoho_delete", 1)
    compare, refuse = ("reconcile", {"force": False}), at("zoho_refuse", number)
    trace = play(*changes, compare, refuse, *SYNC, records=2, is_small=True)

    assert count(trace, "-> 400") + count(trace, "-> 403") > 0


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=list(REFUSED))
def test_refused_calls_of_an_initial_sync_are_made_up_for_later(number: int) -> None:
    play(at("zoho_refuse", number), ("resync", {}), *SYNC, *SYNC, records=3, is_small=True)


def test_record_that_cannot_be_stored_is_stored_once_it_was_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Lead._meta.get_field("company"), "max_length", 20)
    monkeypatch.setattr(
        zoho_admins,
        "_short_columns",
        lambda shape: [column for column in shape.columns if column.attribute == "company"],
    )

    trace = play(at("zoho_edit_long"), *SYNC, at("zoho_edit", 0, 1), *SYNC, records=1)

    assert count(trace, "---'}") == 1


def test_lost_jobs_are_created_again() -> None:
    trace = play(("resync", {}), work(), ("zoho_lose_jobs", {}), *SYNC, records=3, is_small=True)

    assert count(trace, "-> 404") > 0


def test_many_missing_records_block_only_the_comparison() -> None:
    hide = at("zoho_hide", 0), at("zoho_hide", 1), at("zoho_hide", 2)
    play(*hide, ("reconcile", {"force": False}), *SYNC, records=3, is_small=True)


def test_conflict_function_that_fails_is_called_again() -> None:
    trace = play(EDIT, at("edit", 0, 0), work(), records=1, conflict="unsteady")

    assert count(trace, "PUT ") > 0


def test_fields_with_a_refresh_period_are_read() -> None:
    play(EDIT, *SYNC, at("edit", 0, 2), *SYNC, records=2, refreshes=True)


def test_value_that_zoho_refuses_is_discarded() -> None:
    trace = play(at("edit_invalid"), work(), at("discard"), *SYNC, records=1)

    assert count(trace, "discarded 1 of change") == 1


def test_removed_field_is_read_again_when_it_returns() -> None:
    day = ("wait", {"seconds": 90_000})
    removed = at("zoho_remove_field"), *SYNC, at("zoho_edit", 0, 0), *SYNC
    trace = play(*removed, ("resync", {}), *SYNC, ("zoho_restore_fields", {}), day, records=2)

    assert count(trace, "settings/fields") > 2
