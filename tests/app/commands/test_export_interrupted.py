"""zcrm_export: interrupted exports, and how they are resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from django_zcrm.emulator.api.bulk_read.jobs import ReadJob
from django_zcrm.emulator.core import Refusal
from django_zcrm.exceptions import Limited
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer.part_file import PartFile
from django_zcrm.zoho.query.read import exporting
from tests.app.commands.exporting import Rows, export, fail_export, read

pytestmark = pytest.mark.django_db


def is_half(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


PART = ["leads.csv.part", "leads.csv.part.json"]


def stop_in_chunk(
    monkeypatch: pytest.MonkeyPatch, number: int, stop: BaseException | Callable[[], None]
) -> None:
    """Let the writing of a chunk end with an error, after half of it has been written.

    Or let it do something else.
    """
    write, left = PartFile.write, number

    def failing(part: PartFile, text: str) -> None:
        nonlocal left
        left -= bool(text)
        if left == -1 and isinstance(stop, BaseException):
            write(part, text[: len(text) // 2])
            part._file.flush()
            raise stop
        if left == -1 and not isinstance(stop, BaseException):
            stop()
        write(part, text)

    monkeypatch.setattr(PartFile, "write", failing)


@pytest.mark.slow
@pytest.mark.parametrize("via", ["coql", "list", "bulk"])
@pytest.mark.parametrize("chunk", [2, 5, 10])
def test_interrupted_export_with_resume_continues(
    via: str,
    chunk: int,
    many_leads: list[str],
    zoho: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", via, "-o", str(path)]
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, chunk, KeyboardInterrupt())
        output = fail_export(*words)
    assert output.startswith(f"{(chunk - 1) * 40} records are in leads.csv.part")
    assert output.endswith("Interrupted.")
    assert is_half(path) == PART
    zoho.forget_requests()
    export(*words, "--resume")
    assert is_half(path) == ["leads.csv"]
    assert [row["Last_Name"] for row in read(path)] == many_leads
    zoho.assert_not_called("POST", "/crm/bulk/v8/read")


@pytest.mark.slow
@pytest.mark.parametrize("order", ["id", "-id"])
def test_export_after_zoho_error_resumes(
    order: str,
    many_leads: list[str],
    zoho: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", f"--order-by={order}", "--where", "Last_Name__contains=1", "-o", str(path)]
    expected = export(*words[:-2])
    with monkeypatch.context() as patch:
        stop_in_chunk(
            patch, 2, lambda: zoho.fail_next("coql.query", code="INTERNAL_ERROR", times=9)
        )
        output = fail_export(*words)
    assert "INTERNAL_ERROR" in output
    zoho.stop_failing()
    assert "--resume to continue" in output
    export(*words, "--resume")
    assert path.read_bytes().decode() == expected


@pytest.mark.slow
def test_export_in_continuation_job_resumes(
    many_leads: list[str], zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoho.org.bulk.rows = 100
    path = tmp_path / "leads.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", "bulk", "-o", str(path)]
    for chunk in (3, 2, 1, 3, 1):
        with monkeypatch.context() as patch:
            stop_in_chunk(patch, chunk, KeyboardInterrupt())
            fail_export(*words, "--resume")
    export(*words, "--resume")
    assert [row["Last_Name"] for row in read(path)] == many_leads


@pytest.mark.slow
def test_an_export_in_another_order_leaves_nothing(
    many_leads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    stop_in_chunk(monkeypatch, 3, KeyboardInterrupt())
    assert fail_export("Leads", "--order-by=-Last_Name", "-o", str(path)) == "Interrupted."
    assert is_half(path) == []


@pytest.mark.slow
def test_existing_file_stays_until_export_is_complete(
    many_leads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("yesterday's")
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, OSError(28, "No space left on device"))
        assert "leads.csv cannot be written: No space left" in fail_export("Leads", "-o", str(path))
    assert path.read_text() == "yesterday's"
    export("Leads", "-o", str(path))  # again
    assert len(read(path)) == 400
    assert is_half(path) == ["leads.csv"]


@pytest.mark.slow
def test_resume_with_other_options_is_refused(
    many_leads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        fail_export("Leads", "--where", "Last_Name__contains=1", "-o", str(path))
    output = fail_export("Leads", "--where", "Last_Name__contains=2", "-o", str(path), "--resume")
    assert "was begun with another value of where" in output
    assert is_half(path) == PART
    output = fail_export(
        "Contacts", "--where", "Last_Name__contains=1", "-o", str(path), "--resume"
    )
    assert "another value of module" in output


@pytest.mark.slow
def test_resume_in_another_organisation_is_refused(
    many_leads: list[str], zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        fail_export("Leads", "-o", str(path))
    zoho.add_organisation("Another").connect(identifier="another")
    output = fail_export("Leads", "-o", str(path), "--resume")
    assert "was begun with another value of organisation" in output


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        "no json",
        '{"size": 5}',
        '{"task": {}, "size": 99999999}',
        '"writer_state": {"last": "=1"}',
        '"writer_state": {"job": "1"}',
        '"writer_state": {"fields": ["id"], "job": "1", "in_job": "x"}',
        '"writer_state": {"fields": [1], "last": "5"}',
        None,
    ],
)
def test_export_with_a_damaged_state_begins_again(
    damage: str | None, many_leads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        fail_export("Leads", "--fields", "Last_Name", "-o", str(path))
    state = tmp_path / PART[1]
    if damage is None:
        state.unlink()
    elif damage.startswith('"writer_state"'):
        whole = json.loads(state.read_text())
        state.write_text(json.dumps({**whole, **json.loads(f"{{{damage}}}")}))
    else:
        state.write_text(damage)
    export("Leads", "--fields", "Last_Name", "-o", str(path), "--resume")
    assert [row["Last_Name"] for row in read(path)] == many_leads
    assert is_half(path) == ["leads.csv"]


def test_resume_without_anything_unfinished_begins(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    for _ in range(2):
        export("Leads", "--fields", "Last_Name", "-o", str(path), "--resume")
        assert len(read(path)) == 25


@pytest.mark.slow
def test_resume_with_deleted_bulk_read_raises_command_error(
    many_leads: list[str], zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--via", "bulk", "-o", str(path)]
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 5, KeyboardInterrupt())
        fail_export(*words)
    zoho.org.bulk.jobs.clear()
    zoho.org.bulk.waiting.clear()
    assert fail_export(*words, "--resume").endswith("start again without --resume.")
    export(*words, "--resume")
    assert [row["Last_Name"] for row in read(path)] == many_leads


def test_resume_after_failed_bulk_read_begins_again(
    leads: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--via", "bulk", "-o", str(path)]
    with monkeypatch.context() as patch:
        patch.setattr(ReadJob, "_read", Mock(side_effect=Refusal("INTERNAL_ERROR", "failed")))
        assert fail_export(*words).startswith("INTERNAL_ERROR: failed")
    export(*words, "--resume")
    assert len(read(path)) == 25


def test_bulk_read_whose_state_could_not_be_requested_is_resumed(
    leads: Rows, zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--via", "bulk", "-o", str(path)]
    no_slot = Limited("TOO_MANY_REQUESTS", "no slot")
    no_slot.sent = False
    with monkeypatch.context() as patch:
        patch.setattr(exporting, "wait_for_job", Mock(side_effect=no_slot))
        assert "Run the same command with --resume" in fail_export(*words)
    export(*words, "--resume")
    assert len(read(path)) == 25
    assert len(zoho.requests_to("POST", "/crm/bulk/v8/read")) == 1


@pytest.mark.slow
def test_interrupted_export_over_private_file_keeps_mode(
    many_leads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    path.touch()
    path.chmod(0o600)
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        fail_export("Leads", "-o", str(path))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    export("Leads", "-o", str(path), "--resume")
    assert path.stat().st_mode & 0o777 == 0o600


def test_export_with_too_long_file_name_raises_command_error(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 250}.csv"
    assert "cannot be written: File name too long" in fail_export("Leads", "-o", str(path))
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_the_same_file(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    part = PartFile(path)
    assert "is being written by another process" in fail_export("Leads", "-o", str(path))
    part.close()
    assert export("Leads", "-o", str(path)).endswith("25 records\n")
