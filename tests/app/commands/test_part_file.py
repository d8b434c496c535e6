"""The unfinished file: what it remembers, and what it forgets."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from django_zcrm.management.part_file import PartFile


def test_what_was_not_made_sure_of_is_forgotten(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    for number in range(4):
        part = PartFile(target, {}, resume=True)
        assert part.position.rows == number
        part.commit(number)  # without anything new
        part.write(f"{number}\n")
        part.commit(number + 1)
        part.write("forgotten " * 1_000)
        part.close()
        part = PartFile(target, {}, resume=True)
        part.commit(number + 1)
        part.close()
    part = PartFile(target, {}, resume=True)
    part.finish()
    assert target.read_text() == "0\n1\n2\n3\n"
    assert list(tmp_path.iterdir()) == [target]


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    part = PartFile(target, {}, resume=False)
    part.write("old")
    part.commit(1, last="5")
    part.close()
    assert PartFile.is_begun(target)
    part = PartFile(target, {}, resume=False)
    assert (part.position.rows, part.position.seen) == (0, {})
    part.write("new")
    part.finish()
    assert target.read_text() == "new"
    assert not PartFile.is_begun(target)


def test_it_is_not_begun_where_it_may_not(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    with pytest.raises(CommandError, match="Nothing is unfinished of rows"):
        PartFile(target, {}, resume=True, may_begin=False)
    part = PartFile(target, {"module": "Leads"}, resume=False)
    part.write("kept")
    part.commit(1, last="5")
    part.close()
    with pytest.raises(CommandError, match="another value of module"):
        PartFile(target, {"module": "Deals"}, resume=True, may_begin=False)
    part = PartFile(target, {"module": "Leads"}, resume=True, may_begin=False)
    assert (part.position.rows, part.position.seen) == (1, {"last": "5"})
    part.discard()
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_link_gets_the_file(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "rows"
    link.symlink_to(tmp_path / "far" / "rows")
    part = PartFile(link, {}, resume=False)
    part.write("\ud800 has no form in UTF-8")
    part.finish()
    assert link.is_symlink()
    assert link.read_text() == "? has no form in UTF-8"
