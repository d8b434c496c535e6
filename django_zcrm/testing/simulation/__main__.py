"""`python -m django_zcrm.testing.simulation`: plays histories of the models in `site.models`.

Examples:

    python -m django_zcrm.testing.simulation --seeds 1-2000
    python -m django_zcrm.testing.simulation --seed 17 --trace
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

import django

SITE = "django_zcrm.testing.simulation.site.settings"
_seconds = time.perf_counter


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code: 1 if an invariant was violated."""
    parser = argparse.ArgumentParser(prog="python -m django_zcrm.testing.simulation")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--seed", type=int, metavar="N", help="play the history of one seed")
    group.add_argument("--seeds", type=_range, metavar="FIRST-LAST", help="play a range of seeds")
    parser.add_argument("--trace", action="store_true", help="print every step of the histories")
    parser.add_argument(
        "--no-shrink", action="store_true", help="print failing histories as they are"
    )
    parser.add_argument(
        "--subject",
        choices=("mirror", "planning", "tokens", "slots"),
        default="mirror",
        help="what to simulate: the mirror, its planning functions alone, access tokens, "
        "or the slots of processes",
    )
    options = parser.parse_args(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = SITE
    django.setup()
    seeds = range(options.seed, options.seed + 1) if options.seed is not None else options.seeds
    return _play(seeds, options.subject, trace=options.trace, shrink=not options.no_shrink)


def _play(seeds: range, subject: str, *, trace: bool, shrink: bool) -> int:
    # Imported here because Django must be set up.
    from .planning import PlanningSimulation
    from .running import Report, explain
    from .simulation import Simulation
    from .site.models import Account, Contact, Lead
    from .slots import SlotSimulation
    from .tokens import TokenSimulation

    started, violations = _seconds(), 0
    simulation: Any = {
        "mirror": lambda: Simulation([Account, Contact, Lead]),
        "planning": PlanningSimulation,
        "tokens": TokenSimulation,
        "slots": SlotSimulation,
    }[subject]()
    with simulation.installed():
        for seed in seeds:
            outcome = simulation.play_seed(seed)
            if trace:
                print(f"seed {seed}", *outcome.trace, sep="\n")
            if outcome.violation is None:
                continue
            violations += 1
            print(f"seed {seed}:", explain(simulation, outcome) if shrink else outcome.violation)
    print(Report(len(seeds), _seconds() - started, violations))
    return 1 if violations else 0


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    numbers = range(int(first), int(last) + 1)
    if not numbers:
        raise ValueError("the range is empty")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
