"""zcrm_import: what became of each row, also of an import that was interrupted."""

from __future__ import annotations

import csv
import signal
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from django_zcrm.emulator.api.bulk_write import loading
from django_zcrm.emulator.api.bulk_write.csv_reader import UnreadableCsv
from django_zcrm.exceptions import Limited
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer.importing import RecordImport
from django_zcrm.transfer.part_file import PartFile
from django_zcrm.zoho.query.write import importing
from tests.app.commands.importing import SIMPLE, fail_import, make_csv, names, results, run_import

pytestmark = pytest.mark.django_db


THOUSAND = make_csv(1_050)


def check_all(zoho: SiteEmulator, file: str, count: int = 1_050) -> None:
    """Check that every row was written once, and is reported once."""
    good = [number for number in range(count) if number % 7]
    found = results(file)
    assert [int(line) for line, _, _ in found] == list(range(2, count + 2))
    assert [int(line) - 2 for line, outcome, _ in found if outcome != "refused"] == good
    assert sorted(names(zoho), key=lambda name: int(name[5:])) == [
        f"Lead {number}" for number in good
    ]


@pytest.mark.slow
def test_import_of_a_thousand_rows_writes_each_once(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    assert fail_import(file, "--yes").endswith("leads.result.csv: 150 refused, 900 created.")
    check_all(zoho, file)
    assert len(zoho.requests_to("POST", "/crm/v8/Leads")) == 9
    with Path(file).with_name("leads.result.csv").open(newline="") as result:
        ids = [row["id"] for row in csv.DictReader(result) if row["id"]]
    assert ids == [lead["id"] for lead in zoho.records("Leads")]


def test_imported_file_is_not_imported_again(write: Any, zoho: SiteEmulator) -> None:
    file = write(SIMPLE)
    run_import(file, "--yes")
    assert "leads.result.csv is the result of an earlier import of leads.csv" in fail_import(
        file, "--yes"
    )
    assert "There is no unfinished import" in fail_import(file, "--resume")
    assert len(zoho.records("Leads")) == 2
    Path(file).with_name("leads.result.csv").unlink()
    run_import(file, "--yes")
    assert len(zoho.records("Leads")) == 4


def test_import_killed_before_last_step_is_finished(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(SIMPLE)
    state = Path(file).with_name("leads.result.csv.part.json")
    states: list[str] = []

    def finish(part: PartFile) -> None:
        states.append(state.read_text())
        finished(part)

    finished = PartFile.finish
    monkeypatch.setattr(PartFile, "finish", finish)
    run_import(file, "--yes")
    state.write_text(states[0])
    assert "is the result of an earlier import" in fail_import(file, "--yes")
    assert "There is no unfinished import" in fail_import(file, "--resume")
    assert len(zoho.records("Leads")) == 2


def test_import_records_refusals_by_row(write: Any, zoho: SiteEmulator) -> None:
    file = write("Last_Name,Email\nWong,no address\nAbe,a@x.example\n")
    assert fail_import(file, "--yes").endswith("1 refused, 1 created.")
    [first, _] = results(file)
    assert first[:2] == ("2", "refused")
    assert first[2] == "INVALID_DATA: invalid data, expected an email (Email)"


def stop_at_commit(
    monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException, *, is_after: bool
) -> None:
    """Let the process end at a commit: just before it, or just after it."""
    commit, left = PartFile.commit, number

    def ending(part: PartFile, rows: int, **seen: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0 and not is_after:
            raise error
        commit(part, rows, **seen)
        if left == 0:
            raise error

    monkeypatch.setattr(PartFile, "commit", ending)


def lose_bulk_write(file: str, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt an import by bulk write whose job was created, and let Zoho lose the job."""
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 2, KeyboardInterrupt(), is_after=True)
        fail_import(file, "--via", "bulk", "--yes")
    zoho.org.bulk.jobs.clear()
    zoho.org.bulk.waiting.clear()


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 6])
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_an_interrupted_import_loses_nothing_and_writes_nothing_twice(
    words: list[str],
    number: int,
    is_after: bool,
    write: Any,
    zoho: SiteEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write(make_csv(350))
    with monkeypatch.context() as patch:
        stop_at_commit(patch, number, KeyboardInterrupt(), is_after=is_after)
        output = fail_import(file, *words, "--yes")
    assert output.endswith("Interrupted.")
    assert "use --resume to continue." in output
    if number == 1 and not is_after:  # it had not begun
        fail_import(file, *words, "--yes")
        check_all(zoho, file, 350)
        return
    assert "is unfinished. Use --resume" in fail_import(file, *words, "--yes")
    output = fail_import(file, *words, "--resume")
    found = results(file)
    assert [int(line) for line, _, _ in found] == list(range(2, 352))
    unknown = [int(line) - 2 for line, outcome, _ in found if outcome == "unknown"]
    written = [int(line) - 2 for line, outcome, _ in found if outcome in ("created", "updated")]
    assert sorted(unknown + written) == [number for number in range(350) if number % 7]
    assert len(unknown) <= 100
    assert not (words and unknown)
    there = [int(name[5:]) for name in names(zoho)]
    assert len(there) == len(set(there))
    assert set(written) <= set(there) <= set(written + unknown)
    if unknown:
        assert "Rows with an unknown outcome may have been created" in output


@pytest.mark.slow
def test_import_with_lost_response_marks_rows_unknown(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.create", drop="after")
    output = fail_import(file, "--yes")
    assert (
        "150 refused, 100 unknown, 800 created. Rows with an unknown outcome may have been created"
        in output
    )
    unknown = [error for _, outcome, error in results(file) if outcome == "unknown"]
    assert len(unknown) == 100
    assert len(names(zoho)) == len(set(names(zoho))) == 900


@pytest.mark.slow
def test_a_lost_reply_of_an_upsert_is_sent_again(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.upsert", drop="after")
    assert fail_import(file, "--on", "Email", "--yes").endswith("85 updated, 815 created.")
    check_all(zoho, file)


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_import_with_general_error_stops_and_resumes(
    words: list[str], write: Any, zoho: SiteEmulator
) -> None:
    file = write(THOUSAND)
    operation = "records.upsert" if words else "records.create"
    zoho.fail_next(operation, code="NO_PERMISSION", times=None)
    output = fail_import(file, *words, "--yes")
    assert "leads.result.csv.part: 0 of 1050; use --resume" in output
    assert "NO_PERMISSION" in output
    assert zoho.records("Leads") == []
    zoho.stop_failing()
    assert "900 created" in fail_import(file, *words, "--resume")
    check_all(zoho, file)


@pytest.mark.slow
def test_import_with_unreachable_zoho_ends(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.create", drop="after", times=None)
    output = fail_import(file, "--yes")
    assert "Outcomes in leads.result.csv.part: 350 of 1050; use --resume to continue." in output
    zoho.stop_failing()
    fail_import(file, "--resume")
    assert len(names(zoho)) == len(set(names(zoho))) == 900
    outcomes = [outcome for _, outcome, _ in results(file)]
    assert outcomes.count("unknown") == 300
    assert outcomes.count("created") == 600


def test_resume_with_other_file_or_options_is_refused(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(THOUSAND)
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 4, KeyboardInterrupt(), is_after=True)
        fail_import(file, "--yes")
    assert "was begun with another value of on" in fail_import(file, "--on", "Email", "--resume")
    write(THOUSAND.replace("Lead 8,", "Lead 8b,"))
    assert "was begun with another value of leads.csv" in fail_import(file, "--resume")
    state = Path(file).with_name("leads.result.csv.part.json")
    state.write_text("damaged")
    assert "leads.result.csv.part.json is damaged" in fail_import(file, "--resume")
    write(THOUSAND)
    assert "is damaged" in fail_import(file, "--resume")
    assert "is unfinished" in fail_import(file, "--yes")


def test_resume_in_another_organisation_is_refused(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(THOUSAND)
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 4, KeyboardInterrupt(), is_after=True)
        fail_import(file, "--yes")
    another = zoho.add_organisation("Another")
    another.connect(identifier="another")
    assert "was begun with another value of organisation" in fail_import(file, "--resume")
    assert another.records("Leads") == []


# By bulk write


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "output"), [([], "900 created"), (["--on", "Email"], "899 created")]
)
def test_a_bulk_write_reports_every_row(
    words: list[str], output: str, write: Any, zoho: SiteEmulator
) -> None:
    if words:
        zoho.create("Leads", Last_Name="Lead 1", Email="1@x.example")
    file = write(THOUSAND + "Lead 1050,no address\n")
    assert output in fail_import(file, *words, "--via", "bulk", "--yes")
    assert len(zoho.requests_to("POST", "/crm/bulk/v8/write")) == 1
    line, outcome, error = results(file).pop()
    assert (line, outcome) == ("1052", "refused")
    assert error
    found = [outcome for _, outcome, _ in results(file)[:-1]]
    assert found.count("updated") == len(words) // 2
    assert len(names(zoho)) == len(set(names(zoho))) == 900


@pytest.mark.slow
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_interrupted_bulk_import_resumes_by_job_id(
    words: list[str],
    number: int,
    is_after: bool,
    write: Any,
    zoho: SiteEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write(make_csv(350))
    words = [*words, "--via", "bulk"]
    with monkeypatch.context() as patch:
        stop_at_commit(patch, number, KeyboardInterrupt(), is_after=is_after)
        fail_import(file, *words, "--yes")
    if number == 1 and not is_after:
        fail_import(file, *words, "--yes")
    else:
        fail_import(file, *words, "--resume")
    outcomes = [outcome for _, outcome, _ in results(file)]
    assert len(outcomes) == 350
    there = names(zoho)
    assert len(there) == len(set(there))
    jobs = len(zoho.requests_to("POST", "/crm/bulk/v8/write"))
    if "unknown" in outcomes:  # it was stopped before the job's id was written down
        assert words[0] != "--on"
        assert number < 3
        assert outcomes.count("unknown") == 300
    else:
        assert len(there) == 300
        assert jobs == (2 if words[0] == "--on" and number == 2 and not is_after else 1)


def test_a_bulk_write_that_zoho_no_longer_has_is_not_repeated(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    lose_bulk_write(file, zoho, monkeypatch)
    fail_import(file, "--via", "bulk", "--resume")
    assert [outcome for _, outcome, _ in results(file)].count("unknown") == 300


def test_rows_of_a_bulk_write_that_was_not_carried_out_are_sent_again(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    with monkeypatch.context() as patch:
        patch.setattr(loading, "open_csv", Mock(side_effect=UnreadableCsv("BAD_FILE")))
        assert "was not carried out" in fail_import(file, "--via", "bulk", "--yes")
    fail_import(file, "--via", "bulk", "--resume")
    assert [outcome for _, outcome, _ in results(file)].count("created") == 300


def test_rows_of_a_bulk_write_are_not_sent_again_after_an_unsent_call(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    no_slot = Limited("TOO_MANY_REQUESTS", "no slot")
    no_slot.sent = False
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 3, KeyboardInterrupt(), is_after=False)
        fail_import(file, "--via", "bulk", "--yes")
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_fields", Mock(side_effect=no_slot))
        assert "no slot" in fail_import(file, "--via", "bulk", "--resume")
    fail_import(file, "--via", "bulk", "--resume")
    assert len(names(zoho)) == 300


def test_an_interrupt_during_the_poll_of_a_lost_bulk_write_ends_the_import(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    lose_bulk_write(file, zoho, monkeypatch)
    send = RecordImport._send

    def interrupted(self: RecordImport, *args: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return send(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(RecordImport, "_send", interrupted)
        assert fail_import(file, "--via", "bulk", "--resume").endswith("Interrupted.")
    fail_import(file, "--via", "bulk", "--resume")
    assert [outcome for _, outcome, _ in results(file)].count("unknown") == 300


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["--no-automation"], "Zoho has no bulk write without automation"),
        (["--on", "Email,Last_Name"], "finds them by one field"),
        (["--on", "Email", "--clear-empty"], "cannot clear fields"),
    ],
)
def test_import_by_bulk_with_unsupported_options_raises(
    words: list[str], output: str, write: Any, zoho: SiteEmulator
) -> None:
    assert output in fail_import(write(make_csv(3)), "--via", "bulk", "--yes", *words)
    zoho.assert_not_called("POST", "/crm/bulk/v8/write")
