"""The reference names every command with its options, every signal, and every kind of change."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.dispatch import Signal

from django_zcrm import signals
from django_zcrm.access import Source
from django_zcrm.mirror import signals as mirror_signals
from django_zcrm.models import ConnectionHistory
from tests.cases import check_each

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
COMMANDS = sorted(name for name, app in get_commands().items() if app == "django_zcrm")
MIRROR_COMMANDS = sorted(
    name for name, app in get_commands().items() if app == "django_zcrm.mirror"
)
ELSEWHERE = {"zcrm_emulator": "emulator.md"}
"""Commands with a separate page."""


def options_of(parser: ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def test_commands_page_has_a_section_for_every_command() -> None:
    page = (REFERENCE / "commands.md").read_text()
    assert sorted(re.findall(r"^## (\w+)$", page, re.M)) == COMMANDS


def test_mirror_page_has_a_section_for_every_command() -> None:
    page = (REFERENCE / "mirror.md").read_text()
    assert sorted(re.findall(r"^### (zcrm_\w+)$", page, re.M)) == MIRROR_COMMANDS


@check_each("name", [*sorted({*COMMANDS} - {*ELSEWHERE}), *MIRROR_COMMANDS])
def test_section_of_a_command_names_every_option(name: str) -> None:
    app, file, mark = "django_zcrm", "commands.md", "##"
    if name in MIRROR_COMMANDS:
        app, file, mark = "django_zcrm.mirror", "mirror.md", "###"
    command = load_command_class(app, name)
    common = options_of(BaseCommand().create_parser("manage.py", name))
    own = options_of(command.create_parser("manage.py", name)) - common

    page = (REFERENCE / file).read_text()
    section = page.partition(f"\n{mark} {name}\n")[2].partition("\n##")[0]

    assert own <= set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section))
    assert set(re.findall(r"^\| `(--[a-z-]+)", section, re.M)) <= own


def test_examples_of_operations_and_scopes_match_the_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (REFERENCE / "commands.md").read_text()
    examples = re.findall(
        r"^\$ python manage.py (zcrm_(?:operations|scopes) .*)\n((?:[^$`].*\n)+)", page, re.M
    )
    assert len(examples) == 3
    for command, output in examples:
        call_command(*command.split())
        printed = capsys.readouterr().out
        assert printed.startswith(output.removesuffix("...\n")), command


def test_signals_page_has_a_row_for_every_signal() -> None:
    page = (REFERENCE / "signals.md").read_text()
    table, _, _ = page.partition("`request_finished` gives:")
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == _signals_in(signals)


def test_mirror_page_has_a_row_for_every_signal() -> None:
    page = (REFERENCE / "mirror.md").read_text()
    section = page.partition("\n## Signals\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.M)) == _signals_in(mirror_signals)


def _signals_in(module: ModuleType) -> set[str]:
    return {name for name, value in vars(module).items() if isinstance(value, Signal)}


def test_signals_page_names_every_change_and_source() -> None:
    words = re.findall(r"`(\w+)`", (REFERENCE / "signals.md").read_text())
    assert {*ConnectionHistory.Change.values, *Source.values} <= set(words)
