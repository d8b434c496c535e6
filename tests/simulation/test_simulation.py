"""The simulation itself: it repeats, finds what is broken, and reports it as a short script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
from django.db import connection
from django.utils import timezone

from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.outbox import items
from django_zcrm.mirror.pull import steps as pull_steps
from django_zcrm.testing.simulation import History, Step, Violation, replay, simulate
from django_zcrm.testing.simulation.__main__ import main
from django_zcrm.testing.simulation.simulation import Simulation
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HISTORY = History(
    1,
    (0, 1),
    (
        Step(1, "create", {"pick": 0, "field": 3}),
        Step(2, "create", {"pick": 1, "field": 3}),
        Step(3, "zoho_edit", {"pick": 2, "field": 0}),
        Step(
            4,
            "work",
            {
                "workers": [{"skew": 0.0}, {"skew": 20.0, "freeze": 9}, {"skew": -3.0, "kill": 30}],
                "faults": 0.3,
                "database": 0.05,
                "meanwhile": [
                    ("edit", {"pick": 1, "field": 1}),
                    ("delete", {"pick": 2, "field": 0}),
                ],
            },
        ),
    ),
    records=2,
)


def test_same_history_has_same_trace() -> None:
    first, second = replay([Account, Contact], HISTORY), replay([Account, Contact], HISTORY)

    assert first == second
    assert any("worker2: " in line for line in first)


def test_history_after_another_one_has_same_trace() -> None:
    simulation = Simulation([Account, Contact])
    with simulation.installed():
        alone = simulation.play(HISTORY).trace
        simulation.play_seed(2, 10)
        after_another = simulation.play(HISTORY).trace

    assert after_another == alone


def test_same_seed_has_same_trace_in_processes_with_other_hashes() -> None:
    command = [sys.executable, "-m", "django_zcrm.testing.simulation", "--seed", "9", "--trace"]
    traces = []
    for number in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": number}
        played = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        *trace, last = played.stdout.splitlines()
        assert re.fullmatch(r"1 history, 0 violations, \d+ s", last)
        traces.append(trace)

    assert traces[0] == traces[1]
    assert len(traces[0]) > 50


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--seeds", "1-3", "--processes", "4"], "must be from 1 to 3, the number of seeds"),
        (["--seed", "1", "--processes", "0"], "must be from 1 to 1, the number of seeds"),
        (["--seeds", "1-3", "--processes", "2", "--trace"], "--trace needs one process"),
    ],
)
def test_wrong_number_of_processes_is_an_error(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)

    assert problem in capsys.readouterr().err


def test_simulation_leaves_database_and_clock_as_they_were() -> None:
    before = time.time()
    wrapper, name = connection.connection, connection.settings_dict["NAME"]

    simulate([Lead], seeds=1, steps=5)

    assert (connection.connection, connection.settings_dict["NAME"]) == (wrapper, name)
    assert before <= time.time() < before + 3600
    assert abs(timezone.now().timestamp() - time.time()) < 60


def test_simulation_with_lost_local_changes_reports_short_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(items, "insert_row", lambda *args: None)

    with pytest.raises(Violation, match="no lost changes: ") as caught:
        simulate([Lead], seeds=20)

    history = caught.value.history
    assert history is not None
    assert len(history.steps) == 1
    assert "The shortest history found of seed 1, with 1 step:" in str(caught.value)
    assert "  replay([Lead], History(1, (0,), (" in str(caught.value)
    assert "  from tests.mirror.shop.models import Lead\n" in str(caught.value)
    with pytest.raises(Violation, match="The history of seed 1, with 1 step:"):
        replay([Lead], history)


def test_mirror_without_limits_reads_records() -> None:
    # The simulated site has ZCRM["LIMITS"] = None, which once blocked every mirror.
    trace = replay([Lead], History(1, (0,), records=1))

    assert any("coql -> 200" in line for line in trace)


def test_lookup_that_zoho_moved_by_merging_records_is_read() -> None:
    # Nothing reports such a change: the record with the lookup keeps its Modified_Time.
    history = History(
        7197,
        (0,),
        (
            Step(9, "create", {"pick": 615, "field": 41}),
            Step(12, "relate", {"pick": 659, "field": 87}),
            Step(15, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(16, "create", {"pick": 837, "field": 32}),
            Step(27, "wait", {"seconds": 400}),
            Step(28, "work", {"workers": [{}]}),
            Step(41, "zoho_merge", {"pick": 434, "field": 68}),
        ),
        records=3,
    )

    trace = replay([Account], history)

    moved = re.compile(r" +zoho wrote Accounts \d+: \{'parent_id': '\d+'\}")
    assert any(moved.fullmatch(line) for line in trace)


def test_comparison_in_many_windows_ends_before_rows_are_checked() -> None:
    # Each of its files is a step. Zoho deletes them after a day, and the comparison starts again.
    steps = [
        Step(1, "zoho_hide", {"pick": 0, "field": 0}),
        Step(2, "edit", {"pick": 0, "field": 0}),
        Step(3, "runner"),
    ]
    for number in range(4, 28, 2):
        steps.append(Step(number, "zoho_create", {"pick": 0, "field": 0}))
        steps.append(Step(number + 1, "wait", {"seconds": 5}))

    trace = replay([Lead], History(1, (0,), tuple(steps), records=1, is_small=True))

    compared = trace[trace.index("quiet") :]
    assert sum("/result -> 200" in line for line in compared) > 5
    assert any("PUT /crm/v8/Leads -> 400" in line for line in trace)


def test_mirror_that_never_ends_its_comparison_is_a_violation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pull_steps, "reconcile_step", lambda mirror: SyncResult(again=30.0))
    history = History(1, (0,), (Step(1, "reconcile", {"force": True}),), records=1)

    with pytest.raises(Violation, match="progress: the sync of Leads does not end"):
        replay([Lead], history)


@pytest.mark.parametrize("skew", [0, 20])
def test_record_of_creation_in_doubt_that_zoho_changed_keeps_its_values(skew: float) -> None:
    # A poll has linked the record to its row before the creation was checked.
    history = History(
        1,
        (1,),
        (
            Step(1, "create", {"pick": 1, "field": 63}),
            Step(2, "work", {"workers": [{"skew": skew, "kill": 31}]}),
            Step(3, "wait", {"seconds": 400}),
            Step(4, "work", {"workers": [{"skew": 0}]}),
            Step(5, "zoho_edit", {"pick": 0, "field": 2}),
            Step(6, "wait", {"seconds": 65}),
            Step(7, "work", {"workers": [{"skew": 0}]}),
        ),
        conflict="zoho_wins",
    )

    trace = replay([Account, Contact], history)

    wrote = [line for line in trace if " wrote Contacts" in line]
    assert [line.split()[0] for line in wrote] == ["site", "zoho"]


def test_notice_that_comes_late_announces_only_what_was_written_before() -> None:
    history = History(
        1,
        (0,),
        (
            Step(25, "zoho_bulk", {"pick": 153, "field": 0}),
            Step(27, "wait", {"seconds": 400}),
            Step(
                28,
                "work",
                {
                    "workers": [{"skew": 0}],
                    "meanwhile": [("zoho_edit", {"pick": 686, "field": 47})],
                },
            ),
            Step(30, "zoho_bulk", {"pick": 329, "field": 0}),
            Step(31, "notify", {"pick": 311, "field": 67}),
            Step(33, "work", {"workers": [{"skew": 0}]}),
        ),
        records=3,
    )

    trace = replay([Account], history)

    assert any("notice [" in line and line.endswith("-> 200") for line in trace)


def test_notice_of_record_that_was_deleted_meanwhile_announces_nothing() -> None:
    # A poll covered the notice while the record was deleted, and a restoration keeps Modified_Time.
    history = History(
        238383472,
        (1,),
        (
            Step(1, "zoho_edit", {"pick": 637, "field": 3}),
            Step(2, "zoho_delete", {"pick": 47, "field": 49}),
            Step(5, "wait", {"seconds": 310}),
            Step(9, "work", {"workers": [{}], "faults": 0.0}),
            Step(10, "notify", {"pick": 277, "field": 66}),
            Step(
                42,
                "work",
                {"workers": [{}], "meanwhile": [("zoho_restore", {"pick": 648, "field": 97})]},
            ),
        ),
        records=1,
    )

    trace = replay([Account, Contact], history)

    assert any("notice [" in line and line.endswith("-> 200") for line in trace)


def test_lookup_may_wait_for_row_whose_creation_failed() -> None:
    # Zoho refuses account 4, whose parent was merged away; a contact that leads to it has to wait.
    history = History(
        3000182,
        (1,),
        (
            Step(1, "create", {"pick": 41, "field": 63}),
            Step(
                2,
                "work",
                {
                    "workers": [{"skew": 0}, {}],
                    "meanwhile": [("zoho_merge", {"pick": 289, "field": 19})],
                },
            ),
            Step(12, "create", {"pick": 597, "field": 41}),
            Step(13, "create", {"pick": 468, "field": 25}),
            Step(15, "relate", {"pick": 210, "field": 80}),
            Step(16, "wait", {"seconds": 3700}),
            Step(
                18,
                "work",
                {
                    "workers": [{"skew": 3600.0}],
                    "faults": 0.0,
                    "meanwhile": [
                        ("zoho_merge", {"pick": 180, "field": 38}),
                        ("delete", {"pick": 325, "field": 95}),
                    ],
                },
            ),
            Step(29, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(30, "relate", {"pick": 908, "field": 18}),
        ),
        records=3,
    )

    trace = replay([Account, Contact], history)

    assert any("POST /crm/v8/Accounts -> 400" in line for line in trace)
