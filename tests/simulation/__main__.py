"""`python -m tests.simulation MUTANT`: finds a mutant by the histories of seeds, from 1 on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from contextlib import nullcontext
from itertools import count
from time import process_time

import django


def main() -> None:
    """Print the first seed whose history violates an invariant only with a mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("mutant", metavar="MUTANT", help="a key of MUTANTS")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the seed to begin at")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    # Imported here because Django must be set up.
    from tests.simulation.mutants import MUTANTS

    name = options.mutant
    if name not in MUTANTS:
        parser.error(f"there is no mutant {name!r}; there are {', '.join(MUTANTS)}")
    started = process_time()
    seed, invariant = find_violation(count(options.first), name)
    while find_violation([seed])[1]:
        seed, invariant = find_violation(count(seed + 1), name)
    print(f"{name}: seed {seed}, {invariant}, {process_time() - started:.0f} s")


def find_violation(seeds: Iterable[int], mutant: str = "") -> tuple[int, str]:
    """Return the first of the seeds that violates an invariant, and which; "" for none."""
    from django_zcrm.testing.simulation.simulation import Simulation
    from tests.mirror.shop.models import Account, Contact, Lead
    from tests.simulation.mutants import apply_mutant

    simulation = Simulation([Account, Contact, Lead])
    with apply_mutant(mutant) if mutant else nullcontext(), simulation.installed():
        for seed in seeds:
            violation = simulation.play_seed(seed).violation
            if violation is not None:
                return seed, violation.invariant
    return 0, ""


if __name__ == "__main__":
    main()
