"""What commands write: no escape sequences of others, and exactly the data of an export."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.management import call_command, get_commands, load_command_class

from django_zcrm.management.base import ZCRMCommand
from django_zcrm.management.commands import zcrm_export_metadata
from django_zcrm.management.output import CommandStream
from django_zcrm.models import Connection
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer.exporting import RecordExport, Take
from tests.app.zoho import connect

ROOT = Path(__file__).parents[3]
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b2J\x1b[8mhidden\r\u202eover"


class Utf8Output(io.TextIOWrapper):
    """Standard output that is a file."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "utf-8")

    def getvalue(self) -> str:
        self.flush()
        return cast("io.BytesIO", self.buffer).getvalue().decode()


class Echo(ZCRMCommand):
    """Writes hostile texts."""

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(self.style.SUCCESS(HOSTILE))
        self.stderr.write(HOSTILE)


@pytest.mark.parametrize("given_at_once", [True, False])
def test_a_command_writes_no_escape_sequence_but_its_own_colours(given_at_once: bool) -> None:
    out, err = io.StringIO(), io.StringIO()
    if given_at_once:
        call_command(Echo(out, err, force_color=True))
    else:
        call_command(Echo(force_color=True), stdout=out, stderr=err)
    text = "[2J]0;title2J[8mhiddenover"
    assert out.getvalue() == f"\x1b[32;1m{text}\x1b[0m\n"
    assert text in err.getvalue()


def test_tabs_newlines_and_colours_are_written() -> None:
    out = io.StringIO()
    text = "a\tb\nc \x1b[31;1mred\x1b[0m \x1b[mno\x1b[0m 名前 👩‍💻"
    CommandStream(out).write(text)
    assert out.getvalue() == text


@pytest.mark.django_db
def test_an_export_to_standard_output_is_unchanged(zcrm_emulator: SiteEmulator) -> None:
    connect(zcrm_emulator)
    zcrm_emulator.create("Leads", 1, Last_Name="a\x9bb\u202ec", Company="Acme")
    out = io.StringIO()
    call_command("zcrm_export", "Leads", "--fields", "Last_Name", stdout=out)
    assert "a\x9bb\u202ec" in out.getvalue()


@pytest.mark.django_db
def test_metadata_on_standard_output_equals_the_file(
    zcrm_emulator: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zcrm_emulator)
    metadata = {"modules": [{"plural_label": "a\x9bb\u202ec\ud83d"}], "fields": {}}
    monkeypatch.setattr(zcrm_export_metadata.Command, "_read", lambda *words: metadata)
    out, path = Utf8Output(), tmp_path / "org.json"
    call_command("zcrm_export_metadata", stdout=out)
    call_command("zcrm_export_metadata", str(path), stdout=io.StringIO())
    assert "a\x9bb\u202ec?" in out.getvalue()
    assert out.getvalue() == path.read_bytes().decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_a_lone_surrogate_is_written_to_a_stream_as_to_a_file(
    name: str, zcrm_emulator: SiteEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zcrm_emulator)

    def read(export: RecordExport, take: Take, *words: Any) -> None:
        take([{"id": "1", "Last_Name": "a\ud83db"}], {"last": "1"})

    monkeypatch.setattr(RecordExport, "read", read)
    options = ("zcrm_export", "Leads", "--fields", "Last_Name", "--format", name)
    out, path = Utf8Output(), tmp_path / "leads"
    call_command(*options, stdout=out)
    call_command(*options, "-o", str(path), stdout=io.StringIO())
    assert "a?b" in out.getvalue()
    assert out.getvalue() == path.read_bytes().decode()


def test_a_message_with_a_lone_surrogate_is_written_without_it() -> None:
    out = Utf8Output()
    CommandStream(out).write("a\ud83db")
    assert out.getvalue() == "ab"


@pytest.mark.django_db
def test_a_connection_is_named_in_one_line(zcrm_emulator: SiteEmulator) -> None:
    row = connect(zcrm_emulator)
    Connection.objects.filter(pk=row.pk).update(organisation_name="Acme\n2030 ERROR\x1b[2J")
    row.refresh_from_db()
    assert str(row).isprintable()


class Closed(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


class ClosedLater(io.StringIO):
    """A pipe with a buffer, whose reader is gone."""

    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("pipe", [Closed(), ClosedLater()])
def test_command_with_closed_pipe_ends_silently(
    pipe: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command discards what standard output still gets, which is pytest's own here.
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(Echo(), stdout=pipe, stderr=err)
    assert ended.value.code == 141
    assert "BrokenPipe" not in err.getvalue()


def commands_of_both_apps() -> list[tuple[str, str]]:
    return sorted(
        (app, name) for name, app in get_commands().items() if app.startswith("django_zcrm")
    )


@pytest.mark.parametrize(("app", "name"), commands_of_both_apps())
def test_every_command_handles_its_output_alike(app: str, name: str) -> None:
    assert isinstance(load_command_class(app, name), ZCRMCommand)


@pytest.mark.slow
def test_a_closed_pipe_leaves_no_traceback_in_the_shell() -> None:
    line = f"{sys.executable} manage.py zcrm_operations | head -n 1"
    done = subprocess.run(
        ["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
