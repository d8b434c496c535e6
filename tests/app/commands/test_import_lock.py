"""zcrm_import: two imports at once, Ctrl-C, and ids of another organisation."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer.importing import RecordImport
from django_zcrm.transfer.interrupts import deferring_interrupts
from django_zcrm.transfer.part_file import PartFile
from tests.app.commands.importing import SIMPLE, fail_import, make_csv, names, results, run_import

pytestmark = pytest.mark.django_db


# The lock


def answer(monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], str]) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", ask)


def test_a_second_import_during_the_question_is_refused(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(SIMPLE)
    errors: list[str] = []

    def ask(question: str) -> str:
        errors.append(fail_import(file, "--yes"))
        return "y"

    answer(monkeypatch, ask)
    run_import(file)
    assert errors[0].endswith("leads.result.csv is being written by another process.")
    assert len(zoho.records("Leads")) == 2


def test_an_import_that_ends_before_the_lock_is_seen_under_the_lock(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(SIMPLE)
    init = PartFile.__init__

    def late(part: PartFile, target: Path) -> None:
        monkeypatch.setattr(PartFile, "__init__", init)
        run_import(file, "--yes")
        init(part, target)

    monkeypatch.setattr(PartFile, "__init__", late)
    assert "is the result of an earlier import of leads.csv" in fail_import(file, "--yes")
    assert len(zoho.records("Leads")) == 2


def test_question_answered_no_leaves_no_files(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer(monkeypatch, lambda question: "n")
    run_import(write(SIMPLE))
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


# Copies


def test_a_copy_of_an_imported_file_creates_no_records_again(
    write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    run_import(write(SIMPLE), "--yes")
    copy = shutil.copy(tmp_path / "leads.csv", tmp_path / "leads (1).csv")
    assert "has the rows of an import whose result is leads.result.csv" in fail_import(
        str(copy), "--yes"
    )
    assert len(zoho.records("Leads")) == 2
    (tmp_path / "leads.result.csv").rename(tmp_path / "old.csv")
    run_import(str(copy), "--yes")
    assert len(zoho.records("Leads")) == 4


def test_a_copy_may_update_the_records_of_an_import(
    write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    file = write("Last_Name,Email\nWong,w@x.example\n")
    run_import(file, "--yes")
    copy = shutil.copy(file, tmp_path / "copy.csv")
    run_import(str(copy), "--on", "Email", "--yes")
    assert len(zoho.records("Leads")) == 1


def test_a_copy_is_refused_during_the_question_for_the_file(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = write(SIMPLE)
    copy = shutil.copy(file, tmp_path / "copy.csv")
    errors: list[str] = []

    def ask(question: str) -> str:
        errors.append(fail_import(str(copy), "--yes"))
        return "y"

    answer(monkeypatch, ask)
    run_import(file)
    assert "has the rows of an import" in errors[0]
    assert len(zoho.records("Leads")) == 2


def test_a_file_that_was_renamed_during_its_import_is_refused(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = write(make_csv(350))

    def interrupted(self: RecordImport, *args: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RecordImport, "_send", interrupted)
        fail_import(file, "--yes")
    renamed = Path(file).rename(tmp_path / "renamed.csv")
    assert "whose result is leads.result.csv" in fail_import(str(renamed), "--yes")
    assert zoho.records("Leads") == []


# Ctrl-C


@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_the_first_interrupt_waits_for_the_request_in_flight(
    words: list[str], write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    send = RecordImport._send

    def interrupted(self: RecordImport, *args: Any) -> Any:
        if self.done:
            signal.raise_signal(signal.SIGINT)
        return send(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(RecordImport, "_send", interrupted)
        output = fail_import(file, *words, "--yes")
    assert "Stopping after the current request; press Ctrl-C again" in output
    assert output.endswith("Interrupted.")
    # An upsert may find records without their required fields, so that Zoho refuses some rows.
    assert len(zoho.records("Leads")) == (171 if words else 200)
    fail_import(file, *words, "--resume")
    assert "unknown" not in {outcome for _, outcome, _ in results(file)}
    assert len(names(zoho)) == len(set(names(zoho))) == 300


def test_the_second_interrupt_stops_at_once(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))

    def interrupted(self: RecordImport, *args: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(RecordImport, "_send", interrupted)
        assert fail_import(file, "--yes").endswith("Interrupted.")
    assert zoho.records("Leads") == []
    fail_import(file, "--resume")
    assert [outcome for _, outcome, _ in results(file)].count("unknown") == 100


def test_an_interrupt_does_not_wait_for_a_bulk_write(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(make_csv(350))
    commit = PartFile.commit

    def interrupted(part: PartFile, rows: int, **seen: Any) -> None:
        commit(part, rows, **seen)
        signal.raise_signal(signal.SIGINT)  # before the upload, and once the job has an id

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "commit", interrupted)
        assert fail_import(file, "--via", "bulk", "--yes").endswith("Interrupted.")
    assert len(zoho.requests_to("POST", "/crm/bulk/v8/write")) == 1
    zoho.assert_not_called("GET", "/crm/bulk/v8/write/*")
    fail_import(file, "--via", "bulk", "--resume")
    assert len(zoho.requests_to("POST", "/crm/bulk/v8/write")) == 1
    assert len(names(zoho)) == 300


def test_interrupt_without_a_held_block_is_raised() -> None:
    with deferring_interrupts(lambda: None) as interrupts:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interrupts.hold()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupts.release()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_handler_of_the_site_is_kept() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferring_interrupts(lambda: None):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


# Ids of another organisation


def test_a_dry_run_names_columns_with_ids_of_another_organisation(
    write: Any, zoho: SiteEmulator
) -> None:
    contact = zoho.create("Contacts", Last_Name="Abel")
    owner = zoho.create("Leads", Last_Name="x")["Owner"]["id"]
    rows = "".join(f"Lead {number},77{number},{contact['id']},{owner}\n" for number in range(150))
    file = write("Last_Name,Owner,Referred_By,Second\n" + rows)
    words = ("--map", "Second=")
    output = fail_import(file, "--dry-run", *words)
    assert "Owner: ids that this organisation does not have: 100 of 100 checked" in output
    assert "such as 770." in output
    assert 'leave the column out with --map "Owner="' in output
    assert "Referred_By: this" not in output
    assert output.endswith("1 column has unknown ids.")
    output = run_import(file, "--dry-run", "--map", "Owner=", "--map", "Second=Owner")
    assert "ids" not in output


def test_a_dry_run_names_lookups_and_records_of_another_organisation(
    write: Any, zoho: SiteEmulator
) -> None:
    lead = zoho.create("Leads", Last_Name="x")
    file = write(f"id,Referred_By\n{lead['id']},5\n6,\n7,5\n")
    output = fail_import(file, "--dry-run")
    assert "id: ids that this organisation does not have: 2 of 3 checked" in output
    assert "Referred_By: ids that this organisation does not have: 1 of 1 checked" in output


def test_ids_that_may_not_be_read_are_not_checked(write: Any, zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL")
    file = write("Last_Name,Owner\nA,5\n")
    assert "1 row to create" in run_import(file, "--dry-run")
