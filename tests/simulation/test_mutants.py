"""The simulation finds deliberate bugs, each by a short history of the kinds of steps of seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from django_zcrm.testing.simulation import History, Step
from django_zcrm.testing.simulation.simulation import Simulation
from tests.mirror.shop.models import Account, Contact, Lead
from tests.simulation.mutants import MUTANTS, apply_mutant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CONTACTS, LEADS = (1,), (2,)
WORKER: dict[str, Any] = {"skew": 0}


def history(models: tuple[int, ...], *steps: tuple[str, dict[str, Any]], **setup: Any) -> History:
    """Return a history of these steps."""
    numbered = (Step(number, *step) for number, step in enumerate(steps, 1))
    return History(1, models, tuple(numbered), **setup)


def at(kind: str, pick: int = 0, field: int = 0) -> tuple[str, dict[str, Any]]:
    """Return a step that picks a row or record, and a field."""
    return kind, {"pick": pick, "field": field}


def wait(seconds: float) -> tuple[str, dict[str, Any]]:
    """Return a step in which time passes."""
    return "wait", {"seconds": seconds}


def work(*workers: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a step in which workers do what is due."""
    return "work", {"workers": list(workers or [WORKER]), **more}


INVARIANTS = {
    "cursor is committed before the rows": "completeness",
    "polls leave no time for late records": "completeness",
    "progress of the initial sync is committed before the rows": "completeness",
    "change in doubt is sent again": "created once",
    "lease is not checked at the commit": "created once",
    "notice is done before it is read": "notices",
    "foreign key leads to another connection": "tenants",
    "unreachable record is marked as deleted": "deletions",
    "conflict is not noticed": "losing values are kept",
    "deleted row is created again": "deletions",
    "deletions are not read": "progress",
    "poll overwrites a change before it is sent": "shown until sent",
    "second save writes all columns": "no older values",
    "lost response counts as a refusal": "created once",
    "deletion reaches another record": "only deleted rows are deleted",
    "deletion does not get the record of its creation": "deletions",
    "conflicts are not read": "losing values are kept",
    "every update is in conflict": "no false conflicts",
    "any earlier value of the site counts as its last": "losing values are kept",
    "policy is ignored": "policy",
    "update empties a field": "only saved values are sent",
    "first failure is final": "failures have a cause",
    "notice is not stored": "notices",
    "lost request costs no credits": "credits",
    "each process refreshes the token": "one refresh",
}
"""Which invariant each mutant violates."""

CREATED = at("create", 2)
NOTICE = history(LEADS, wait(100), work(), at("zoho_edit"), at("notify"), work(), records=1)
CONFLICT = history(LEADS, at("zoho_edit"), at("edit", 1), wait(5), work(), records=1)

HISTORIES = {
    "cursor is committed before the rows": [
        history(LEADS, at("zoho_create"), wait(3700), work({**WORKER, "kill_after": 1}))
    ],
    "progress of the initial sync is committed before the rows": [
        history(LEADS, wait(3700), work({**WORKER, "kill_after": 2}), records=1, is_new=True)
    ],
    "change in doubt is sent again": [
        history(
            LEADS,
            CREATED,
            work({**WORKER, "kill": step}),
            wait(65),
            work(),
            wait(65),
            work(),
        )
        for step in (19, 18, 20)
    ],
    "lease is not checked at the commit": [
        history(LEADS, CREATED, *[wait(1)] * number, work(WORKER, {"skew": 3600.0}))
        for number in (2, 8, 18, 21)
    ],
    "notice is done before it is read": [NOTICE],
    "foreign key leads to another connection": [
        history(CONTACTS, at("relate", 10, 1), records=1, connections=2)
    ],
    "unreachable record is marked as deleted": [
        history(
            LEADS,
            at("zoho_hide"),
            ("reconcile", {"force": True}),
            wait(400),
            work(),
            records=1,
        )
    ],
    "conflict is not noticed": [CONFLICT],
    "deleted row is created again": [
        history(
            LEADS,
            wait(400),
            at("zoho_edit"),
            wait(61),
            *[wait(1)] * number,
            work(meanwhile=[at("delete")]),
            records=1,
        )
        for number in (2, 3, 4)
    ],
    "deletions are not read": [history(LEADS, at("zoho_delete"), records=1)],
    "poll overwrites a change before it is sent": [
        history(
            LEADS,
            at("zoho_refuse", 3),
            at("edit", 1, 1),
            at("zoho_edit"),
            wait(400),
            work(),
            records=1,
        )
    ],
    "second save writes all columns": [
        history(
            LEADS,
            at("edit", 0, 1),
            at("zoho_edit", 0, 2),
            wait(400),
            work(),
            at("edit_stale", 0, 3),
            records=1,
        )
    ],
    "lost response counts as a refusal": [
        history(LEADS, CREATED, *[wait(1)] * number, work(faults=0.9), work(faults=0.9))
        for number in range(1, 5)
    ],
    "deletion reaches another record": [history(LEADS, at("delete"), records=3)],
    "deletion does not get the record of its creation": [
        history(LEADS, CREATED, *[wait(1)] * number, work(meanwhile=[at("delete")]))
        for number in (6, 7, 8)
    ],
    "polls leave no time for late records": [
        history(LEADS, wait(400), at("zoho_create"), wait(5), work(), row_lag=20.0)
    ],
    "conflicts are not read": [CONFLICT],
    "every update is in conflict": [history(LEADS, at("edit", 1), work(), records=1)],
    "any earlier value of the site counts as its last": [
        history(
            LEADS,
            at("edit", 1, 1),
            work(),
            at("zoho_edit", 0, 1),
            wait(400),
            work(),
            at("zoho_edit"),
            at("zoho_edit"),
            at("zoho_edit", 0, 1),
            at("edit", 1, 1),
            work(),
            records=1,
            has_repetitions=True,
        )
    ],
    "policy is ignored": [replace(CONFLICT, conflict="zoho_wins")],
    "update empties a field": [history(LEADS, at("edit", 1), work(), records=1)],
    "first failure is final": [replace(CONFLICT, conflict="unsteady")],
    "notice is not stored": [NOTICE],
    "lost request costs no credits": [
        history(LEADS, CREATED, *[wait(1)] * number, work(faults=0.9), has_limits=True)
        for number in range(8)
    ],
    "each process refreshes the token": [history(LEADS, *[wait(400), work()] * 2)],
}
"""Histories that find a mutant; where it depends on the number of a step, several of them."""


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(name: str) -> None:
    with apply_mutant(name):
        found = [played for played in HISTORIES[name] if INVARIANTS[name] == find_violated(played)]

    assert found
    assert not find_violated(found[0])


def find_violated(played: History) -> str:
    """Return the invariant that a history violates, from its own initial sync on; "" for none."""
    simulation = Simulation([Account, Contact, Lead])
    with simulation.installed():
        violation = simulation.play(played).violation
        return "" if violation is None else violation.invariant
