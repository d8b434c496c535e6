"""Errors that the user can fix end a command with a message, not with a traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper

from django_zcrm.models import Connection
from django_zcrm.testing.site import SiteEmulator
from tests.app.zoho import Zoho, connect
from tests.cases import check_each

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(name for name, app in get_commands().items() if app == "django_zcrm")
WITHOUT_DATABASE = {"zcrm_emulator", "zcrm_operations", "zcrm_scopes"}

WORDS = {
    "zcrm_export": ["Leads"],
    "zcrm_import": [str(ROOT / "tests/app/commands/leads.csv"), "--module", "Leads"],
    "zcrm_import_tokens": ["--database", "default"],
    "zcrm_inspect": ["Leads"],
}
"""What some commands cannot do without."""


def arguments_of(name: str) -> set[str]:
    parser = command(name).create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


def command(name: str) -> BaseCommand:
    loaded: BaseCommand = load_command_class("django_zcrm", name)
    return loaded


def with_option(option: str) -> list[str]:
    commands = [name for name in COMMANDS if option in arguments_of(name)]
    assert len(commands) > 1, option
    return commands


def run(name: str, *words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *WORDS.get(name, []), *words, stdout=out, stderr=out, **options)
    return out.getvalue()


# Databases


@pytest.mark.parametrize("name", with_option("--database"))
def test_an_unknown_database_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(CommandError, match=r"has no 'nope'. Its aliases are: default\.$"):
        run(name, "--database", "nope")
    with pytest.raises(CommandError, match="has no 'nope'"):
        run(name, database="nope")


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_DATABASE))
@pytest.mark.django_db
def test_command_without_tables_raises_command_error(
    name: str, zoho: Zoho, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*args: Any) -> None:
        raise OperationalError("no such table: zcrm_connection\nDETAIL: (canary) is a value")

    monkeypatch.setattr("sys.stdin", io.StringIO(zoho.grant_code()))
    monkeypatch.setattr(CursorWrapper, "execute", refuse)
    with pytest.raises(CommandError) as caught:
        run(name)
    assert "no such table: zcrm_connection" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OperationalError)  # for --traceback


@pytest.mark.slow
def test_on_the_command_line_there_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "zcrm_rotate_keys"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("CommandError: The database 'default' cannot be used: no such")
    assert done.stderr.strip().endswith("manage.py migrate --database default")


# Files


@pytest.fixture(params=["directory", "missing/out.json", "a\0b", "x" * 300, "file/out.json"])
def unwritable(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A path that root cannot write to either."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    return str(tmp_path / request.param)


@pytest.mark.django_db
def test_command_with_unwritable_file_raises_before_calls(
    zcrm_emulator: SiteEmulator, unwritable: str
) -> None:
    zcrm_emulator.connect()
    with pytest.raises(CommandError, match="cannot be written: "):
        run("zcrm_export_metadata", unwritable)
    assert zcrm_emulator.requests == []


@pytest.mark.django_db
def test_a_file_is_not_touched_by_an_export_that_fails(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    old, new, link = tmp_path / "old.json", tmp_path / "new.json", tmp_path / "link.json"
    old.write_text("as it was")
    link.symlink_to(new)
    for path in (old, new, link):
        with pytest.raises(CommandError, match="no module 'Nope'"):
            run("zcrm_export_metadata", str(path), "--module", "Nope")
    assert old.read_text() == "as it was"
    assert not new.exists()
    assert link.is_symlink()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.django_db
def test_command_on_full_disk_raises_command_error(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    with pytest.raises(CommandError, match="/dev/full cannot be written: No space left"):
        run("zcrm_export_metadata", "/dev/full")


@pytest.mark.parametrize("option", ["--state", "--import"])
@pytest.mark.parametrize("path", ["directory", "missing/x.json", "file/x.json"])
def test_emulator_with_bad_file_names_it(tmp_path: Path, option: str, path: str) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(CommandError) as caught:
        run("zcrm_emulator", option, str(tmp_path / path), "--port", "0", "--data", "empty")
    assert str(tmp_path) in str(caught.value)


def test_code_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text("crm.users.list()\n")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "nul.py").write_bytes(b"crm.org.get()\0")
    (tmp_path / "latin.py").write_bytes(b"name = '\xe9'\n")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    output = run("zcrm_scopes", "--from-code", str(tmp_path))
    assert "ZohoCRM.users.READ" in output
    for name in ("folder", "nul", "latin", "gone"):
        assert f"{name}.py was left out: " in output


# Connections


@pytest.mark.parametrize("name", with_option("--identifier"))
def test_commands_with_identifier_option_have_user_option(name: str) -> None:
    assert "--user" in arguments_of(name)


UNKNOWN_USERS = ("nobody", "99", "-1", "9" * 40, "1.5", "\N{SNOWMAN}")


@pytest.mark.django_db
@check_each("name, user", product(with_option("--user"), UNKNOWN_USERS))
def test_command_with_unknown_user_raises(zoho: Zoho, name: str, user: str) -> None:
    with pytest.raises(CommandError, match=f"There is no user '{user}'"):
        run(name, f"--user={user}")


@pytest.mark.parametrize("name", with_option("--user"))
@pytest.mark.django_db
def test_an_identifier_and_a_user_are_not_taken_together(zoho: Zoho, name: str) -> None:
    User.objects.create_user("ines")
    with pytest.raises(CommandError, match="not allowed with"):
        run(name, "--user", "ines", "--identifier", "sales")
    with pytest.raises(CommandError, match="Give only one of --identifier, --user and --owner"):
        run(name, user="ines", identifier="sales")


@pytest.mark.parametrize("name", ["zcrm_doctor", "zcrm_export_metadata"])
@pytest.mark.parametrize("words", [["--identifier", "nope"], ["--user", "ines"], []])
@pytest.mark.django_db
def test_command_with_unknown_connection_raises(zoho: Zoho, name: str, words: list[str]) -> None:
    User.objects.create_user("ines")
    with pytest.raises(CommandError):
        run(name, *words)


@pytest.mark.slow
@pytest.mark.django_db
def test_user_option_accepts_name_and_key(
    zcrm_live_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ines = User.objects.create_user("ines")
    namesake = User.objects.create_user(str(ines.pk))  # a name wins over a key
    monkeypatch.setattr("sys.stdin", io.StringIO(zcrm_live_emulator.grant_code()))
    out = run("zcrm_connect", "--user", "ines")
    assert Connection.objects.get().owner == ines
    assert "site's default" not in out
    assert "Nothing prevents calls" in run("zcrm_doctor", "--user", "ines")
    assert " fields" in run("zcrm_export_metadata", str(tmp_path / "x.json"), user="ines")
    with pytest.raises(CommandError, match="has not connected"):
        run("zcrm_export_metadata", "--user", str(ines.pk))
    namesake.delete()
    assert '"modules"' in run("zcrm_export_metadata", "--user", str(ines.pk), "--module", "Leads")


@pytest.mark.django_db
def test_doctor_for_unconnected_user_reports_it(zoho: Zoho) -> None:
    User.objects.create_user("ines")
    connect(zoho, "sales@example.com")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 fault"):
        call_command("zcrm_doctor", "--user", "ines", stdout=out)
    assert "ines has not connected a Zoho account." in out.getvalue()


@pytest.mark.django_db
def test_command_for_user_without_owner_raises(zoho: Zoho, configure: Callable[..., None]) -> None:
    User.objects.create_user("ines")
    configure(GET_OWNER="tests.app.test_command_errors.nobody")
    with pytest.raises(CommandError, match="'ines' acts for no owner"):
        run("zcrm_export_metadata", "--user", "ines")


def nobody(user: Any, request: Any) -> None:
    """Name no owner, as a site does for users without a tenant."""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zcrm_connect", []),
        ("zcrm_connect", ["--refresh-token"]),
        ("zcrm_doctor", []),
        ("zcrm_export_metadata", []),
        ("zcrm_import_tokens", ["--database", "default"]),
    ],
)
@pytest.mark.django_db
def test_settings_that_are_missing_are_named(
    name: str,
    words: list[str],
    configure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(CLIENT_ID="", CLIENT_SECRET="")
    monkeypatch.setattr("sys.stdin", io.StringIO("1000.a.b"))
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(name, *words, stdout=out)
    assert "CLIENT_" in f"{caught.value}{out.getvalue()}"
