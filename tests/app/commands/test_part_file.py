"""The unfinished file: what it remembers, what it forgets, and what it does not touch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.transfer import exporting, importing
from django_zcrm.transfer.errors import TransferError
from django_zcrm.transfer.part_file import PartFile, WriterState


def accept(seen: WriterState, rows: int) -> bool:
    return True


def open_part(target: Path, task: dict[str, Any] | None = None) -> PartFile:
    """Resume a file, or begin it."""
    part = PartFile(target)
    if not part.resume(task or {}, accept):
        part.begin(task or {})
    return part


def test_part_file_drops_uncommitted_data(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    for number in range(4):
        part = open_part(target)
        assert part.position.rows == number
        part.commit(number)  # without anything new
        part.write(f"{number}\n")
        part.commit(number + 1)
        part.write("forgotten " * 1_000)
        part.close()
        part = open_part(target)
        part.commit(number + 1)
        part.close()
    open_part(target).finish()
    assert target.read_text() == "0\n1\n2\n3\n"
    assert list(tmp_path.iterdir()) == [target]


def test_begin_after_an_unfinished_file_starts_over(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    part = open_part(target)
    part.write("old and long")
    part.commit(1, last="5")
    part.close()
    part = PartFile(target)
    assert part.is_begun
    part.begin({})
    assert (part.position.rows, part.position.writer_state) == (0, {})
    part.write("new")
    part.commit(1)
    part.finish()
    assert target.read_text() == "new"
    part = PartFile(target)
    assert not part.is_begun
    part.close()
    assert list(tmp_path.iterdir()) == [target]


def test_resume_with_another_task_raises_transfer_error(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    part = open_part(target, {"module": "Leads"})
    part.write("kept")
    part.commit(1, last="5")
    part.close()
    part = PartFile(target)
    with pytest.raises(TransferError, match="another value of module"):
        part.resume({"module": "Deals"}, accept)
    assert not part.resume({"module": "Leads"}, lambda seen, rows: False)
    assert part.resume({"module": "Leads"}, accept)
    assert (part.position.rows, part.position.writer_state) == (1, {"last": "5"})
    part.discard()
    assert list(tmp_path.iterdir()) == []


def test_part_file_in_use_cannot_be_opened(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "rows")
    with pytest.raises(TransferError, match="is being written by another process"):
        PartFile(tmp_path / "rows")
    part.close()
    PartFile(tmp_path / "rows").close()
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_link_gets_the_file(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "rows"
    link.symlink_to(tmp_path / "far" / "rows")
    part = open_part(link)
    part.write("\ud800 has no form in UTF-8")
    part.finish()
    assert link.is_symlink()
    assert link.read_text() == "? has no form in UTF-8"


@pytest.mark.parametrize("kind", ["symlink", "dangling symlink", "hard link", "fifo", "directory"])
def test_a_link_in_place_of_the_part_file_is_refused(kind: str, tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "rows.part"
    victim.write_text("precious")
    match kind:
        case "symlink":
            path.symlink_to(victim)
        case "dangling symlink":
            path.symlink_to(tmp_path / "made")
        case "hard link":
            path.hardlink_to(victim)
        case "fifo":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
    with pytest.raises(TransferError, match=r"rows\.part cannot be written"):
        PartFile(tmp_path / "rows")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "made").exists()


def test_links_in_place_of_the_state_are_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text('{"task": {}, "size": 0, "rows": 7, "writer_state": {}}')
    for name in ("rows.part.json", "rows.part.json.new"):
        (tmp_path / name).symlink_to(victim)
    before = victim.read_text()
    part = PartFile(tmp_path / "rows")
    assert not part.resume({}, accept)
    part.begin({})
    (tmp_path / "rows.part.json").symlink_to(victim)
    part.write("1")
    part.commit(1)
    part.close()
    assert victim.read_text() == before
    part = open_part(tmp_path / "rows")
    assert part.position.rows == 1
    part.close()


@pytest.mark.parametrize(
    "state",
    [
        "",
        "nothing",
        "[" * 100_000,
        "[]",
        "null",
        "{}",
        '{"task": [], "size": 1, "rows": 1, "writer_state": {}}',
        '{"task": {}, "size": "1", "rows": 1, "writer_state": {}}',
        '{"task": {}, "size": -1, "rows": 1, "writer_state": {}}',
        '{"task": {}, "size": 99, "rows": 1, "writer_state": {}}',
        '{"task": {}, "size": 1.5, "rows": 1, "writer_state": {}}',
        '{"task": {}, "size": 1, "rows": -1, "writer_state": {}}',
        '{"task": {}, "size": 1, "rows": null, "writer_state": {}}',
        '{"task": {}, "size": 1, "rows": 1, "writer_state": "x"}',
    ],
)
def test_a_tampered_state_is_not_resumed(state: str, tmp_path: Path) -> None:
    (tmp_path / "rows.part").write_text("some")
    (tmp_path / "rows.part.json").write_text(state)
    part = PartFile(tmp_path / "rows")
    assert not part.resume({}, accept)
    part.close()


def test_a_path_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for path in (tmp_path / "x\0y", tmp_path / ("x" * 300), tmp_path / "none" / "x"):
        with pytest.raises(TransferError, match="cannot be written"):
            PartFile(path)


@pytest.mark.parametrize(
    ("tally", "sent", "expected"),
    [
        ({"created": 2, "unknown": 1}, 3, True),
        ({"created": 2, "updated": 1}, 5, True),
        ({"made": 3}, 3, False),
        ({"created": 2}, 3, False),
        ({"created": 4}, 4, False),
        ({"created": 4, "refused": -1}, 3, False),
        ({"created": 3}, 2, False),
        ({"created": 3}, sys.maxsize + 1, False),
    ],
)
def test_state_of_an_import_is_checked_before_it_is_resumed(
    tally: dict[str, int], sent: int, expected: bool
) -> None:
    seen = {"sent": sent, "jobs": [], "tally": tally}
    assert importing.can_resume(seen, 3) is expected


@pytest.mark.parametrize(
    ("in_job", "expected"), [(0, True), (7, True), (-1, False), (sys.maxsize + 1, False)]
)
def test_state_of_an_export_is_checked_before_it_is_resumed(in_job: int, expected: bool) -> None:
    assert exporting.can_resume({"fields": ["id"], "job": "1", "in_job": in_job}, 3) is expected
