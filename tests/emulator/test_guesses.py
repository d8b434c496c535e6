"""The table of guesses: its page, and the calibrations that it takes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from django_zcrm.emulator.commandline import add_arguments, emulator_from
from django_zcrm.emulator.guesses import MARKS, REASONS, guesses, read_calibration
from tools.write_guesses import PAGE, page


def test_page_of_guesses_is_what_the_table_holds() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tools/write_guesses.py"


def test_marks_and_reasons_of_guesses_are_explained() -> None:
    rows = guesses().values()
    assert {row.mark for row in rows} == set(MARKS)
    assert {row.unprobeable for row in rows} - {""} == set(REASONS)


def test_every_guess_has_a_knob_or_a_reason_for_none() -> None:
    for guess in guesses().values():
        assert len(set(guess.knob)) >= 2 or not guess.knob, guess.name
        assert bool(guess.knob) is not bool(guess.unprobeable), guess.name


def test_emulator_with_calibration_file_behaves_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    fact = {"verdict": "different", "behaviour": "refused"}
    path.write_text(json.dumps({"format": 1, "facts": {"coql.limit-zero": fact}}))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = vars(parser.parse_args(["--calibration", str(path)]))

    emulator = emulator_from(options)

    assert emulator.calibration == {"coql.limit-zero": "refused"}


NESTED = '{"a":' * 100_000


@pytest.mark.parametrize("text", ["", "[]", NESTED, '{"format": 2, "facts": {}}', '{"format": 1}'])
def test_calibration_file_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    path.write_text(text)

    with pytest.raises(ValueError, match=r"JSON object|format"):
        read_calibration(path)


def test_calibration_of_unknown_behaviour_is_refused() -> None:
    facts = {"coql.limit-zero": {"behaviour": "odd"}}
    with pytest.raises(ValueError, match="one of taken, refused, not 'odd'"):
        read_calibration({"format": 1, "facts": facts})


def test_calibration_of_guess_with_one_behaviour_is_refused() -> None:
    name = next(name for name, guess in guesses().items() if not guess.knob)
    with pytest.raises(ValueError, match=f"no other behaviour for {name}"):
        read_calibration({"format": 1, "facts": {name: {"behaviour": "odd"}}})


def test_calibration_leaves_out_what_is_unknown_or_confirmed() -> None:
    facts = {
        "coql.limit-zero": {"verdict": "confirmed", "behaviour": "taken"},
        "coql.columns": {"verdict": "unknown", "reason": "x"},
    }
    assert read_calibration({"format": 1, "facts": facts}) == {}


def test_calibration_of_unknown_guess_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'records\.nothing', which is not a guess"):
        read_calibration({"format": 1, "facts": {"records.nothing": {"behaviour": "any"}}})


def test_calibration_without_facts_is_refused() -> None:
    with pytest.raises(ValueError, match="facts"):
        read_calibration({"format": 1})
