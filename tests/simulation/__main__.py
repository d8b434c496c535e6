"""`python -m tests.simulation`: finds each mutant by the histories of seeds, from 1 on."""

from __future__ import annotations

import argparse
import os
from time import process_time

import django


def main() -> None:
    """Print the first seed of each mutant whose history violates an invariant only with it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("mutants", nargs="*", metavar="MUTANT", help="a key of MUTANTS")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the seed to begin at")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    # Imported here because Django must be set up.
    from django_zcrm.testing.simulation import Violation
    from django_zcrm.testing.simulation.simulation import Simulation
    from tests.mirror.shop.models import Account, Contact, Lead
    from tests.simulation.mutants import MUTANTS, apply_mutant

    simulation = Simulation([Account, Contact, Lead])
    with simulation.installed():
        for name in options.mutants or MUTANTS:
            started, seed = process_time(), options.first - 1
            violation: Violation | None = None
            while violation is None or simulation.play_seed(seed).violation is not None:
                seed += 1
                with apply_mutant(name):
                    violation = simulation.play_seed(seed).violation
            seconds = process_time() - started
            print(f"{name}: seed {seed}, {violation.invariant}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
