"""zcrm_export: what was interrupted, and how it is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from django_zcrm.management.part_file import PartFile
from django_zcrm.testing.site import SiteEmulator
from tests.app.commands.exporting import Rows, export, read, refused

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
def test_what_was_interrupted_is_gone_on_with(
    via: str,
    chunk: int,
    thousand: list[str],
    zoho: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", via, "-o", str(path)]
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, chunk, KeyboardInterrupt())
        output = refused(*words)
    assert output.startswith(f"{(chunk - 1) * 100} records are in leads.csv.part")
    assert output.endswith("Interrupted.")
    assert is_half(path) == PART
    zoho.forget_requests()
    export(*words, "--resume")
    assert is_half(path) == ["leads.csv"]
    assert [row["Last_Name"] for row in read(path)] == thousand
    zoho.assert_not_called("POST", "/crm/bulk/v8/read")


@pytest.mark.slow
@pytest.mark.parametrize("order", ["id", "-id"])
def test_an_error_of_zohos_can_be_gone_on_after(
    order: str,
    thousand: list[str],
    zoho: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", f"--order-by={order}", "--where", "Last_Name__contains=1", "-o", str(path)]
    wanted = export(*words[:-2])
    with monkeypatch.context() as patch:
        stop_in_chunk(
            patch, 2, lambda: zoho.fail_next("coql.query", code="INTERNAL_ERROR", times=9)
        )
        output = refused(*words)
    assert "INTERNAL_ERROR" in output
    zoho.stop_failing()
    assert "goes on" in output
    export(*words, "--resume")
    assert path.read_bytes().decode() == wanted


@pytest.mark.slow
def test_jobs_that_continue_others_are_gone_on_with(
    thousand: list[str], zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoho.org.bulk.rows = 250
    path = tmp_path / "leads.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", "bulk", "-o", str(path)]
    for chunk in (3, 2, 1, 3, 1):
        with monkeypatch.context() as patch:
            stop_in_chunk(patch, chunk, KeyboardInterrupt())
            refused(*words, "--resume")
    export(*words, "--resume")
    assert [row["Last_Name"] for row in read(path)] == thousand


@pytest.mark.slow
def test_an_export_in_another_order_leaves_nothing(
    thousand: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    stop_in_chunk(monkeypatch, 3, KeyboardInterrupt())
    assert refused("Leads", "--order-by=-Last_Name", "-o", str(path)) == "Interrupted."
    assert is_half(path) == []


@pytest.mark.slow
def test_the_file_that_was_there_stays_until_the_new_one_is_whole(
    thousand: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("yesterday's")
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, OSError(28, "No space left on device"))
        assert "leads.csv cannot be written: No space left" in refused("Leads", "-o", str(path))
    assert path.read_text() == "yesterday's"
    export("Leads", "-o", str(path))  # anew
    assert len(read(path)) == 1_000
    assert is_half(path) == ["leads.csv"]


@pytest.mark.slow
def test_another_export_does_not_go_on_with_it(
    thousand: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        refused("Leads", "--where", "Last_Name__contains=1", "-o", str(path))
    output = refused("Leads", "--where", "Last_Name__contains=2", "-o", str(path), "--resume")
    assert "was begun with another value of where" in output
    assert is_half(path) == PART
    output = refused("Contacts", "--where", "Last_Name__contains=1", "-o", str(path), "--resume")
    assert "another value of module" in output


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage", ["no json", '{"size": 5}', '{"task": {}, "size": 99999999}', None]
)
def test_what_cannot_be_gone_on_with_is_begun_anew(
    damage: str | None, thousand: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        refused("Leads", "--fields", "Last_Name", "-o", str(path))
    state = tmp_path / PART[1]
    if damage is None:
        state.unlink()
    else:
        state.write_text(damage)
    export("Leads", "--fields", "Last_Name", "-o", str(path), "--resume")
    assert [row["Last_Name"] for row in read(path)] == thousand
    assert is_half(path) == ["leads.csv"]


def test_resume_without_anything_unfinished_begins(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    for _ in range(2):
        export("Leads", "--fields", "Last_Name", "-o", str(path), "--resume")
        assert len(read(path)) == 25


@pytest.mark.slow
def test_a_bulk_read_that_is_gone_is_told(
    thousand: list[str], zoho: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    words = ["Leads", "--via", "bulk", "-o", str(path)]
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 5, KeyboardInterrupt())
        refused(*words)
    zoho.org.bulk.jobs.clear()
    zoho.org.bulk.waiting.clear()
    assert refused(*words, "--resume").endswith("begin anew, without --resume.")


@pytest.mark.slow
def test_what_only_its_owner_may_read_stays_so(
    thousand: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leads.csv"
    path.touch()
    path.chmod(0o600)
    with monkeypatch.context() as patch:
        stop_in_chunk(patch, 3, KeyboardInterrupt())
        refused("Leads", "-o", str(path))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    export("Leads", "-o", str(path), "--resume")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_name_that_leaves_no_room_for_the_unfinished_file_is_told(
    leads: Rows, tmp_path: Path
) -> None:
    path = tmp_path / f"{'x' * 250}.csv"
    assert "cannot be written: File name too long" in refused("Leads", "-o", str(path))
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_the_same_file(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    part = PartFile(path, {}, resume=False)
    assert "is being written by another process" in refused("Leads", "-o", str(path))
    part.close()
    assert export("Leads", "-o", str(path)).endswith("25 records\n")
