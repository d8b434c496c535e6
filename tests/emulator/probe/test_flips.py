"""Emulators whose guesses are flipped at random: the probe names exactly the flipped ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from django_zcrm.emulator.probe.registry import all_probes
from tests.emulator.probe.sandbox import KNOBS, Flips, list_remains, make_emulator, probe, spent

SEED = 2026
CALIBRATIONS = 200
CHUNKS = 8
BUDGET = 500


def random_flips() -> list[Flips]:
    """Return the calibrations: each flips one guess up to all of them."""
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    flips: list[Flips] = []
    for _ in range(CALIBRATIONS):
        chosen = generator.sample(KNOBS, generator.choice((1, 2, 5, 15, 40, len(KNOBS))))
        flips.append({guess.name: generator.choice(guess.knob[1:]) for guess in chosen})
    return flips


def test_random_calibrations_flip_every_guess_to_every_behaviour() -> None:
    flipped = {pair for flips in random_flips() for pair in flips.items()}

    assert flipped == {(guess.name, other) for guess in KNOBS for other in guess.knob[1:]}


def test_every_guess_has_a_probe_or_a_reason_for_none() -> None:
    assert set(all_probes()) == {guess.name for guess in KNOBS}


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_probe_names_exactly_the_flipped_guesses(chunk: int, tmp_path: Path) -> None:
    for number, flips in list(enumerate(random_flips()))[chunk::CHUNKS]:
        emulator = make_emulator(flips)

        outcome = probe(emulator, tmp_path / str(number))

        seen = {name: fact.get("behaviour") for name, fact in outcome.facts.items()}
        assert seen == {guess.name: flips.get(guess.name, guess.knob[0]) for guess in KNOBS}
        different = {n for n, fact in outcome.facts.items() if fact["verdict"] == "different"}
        assert different == set(flips)
        assert outcome.remaining == []
        assert list_remains(emulator) == []
        assert spent(emulator) <= outcome.credits <= BUDGET
