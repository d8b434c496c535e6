"""`python -m django_zcrm.testing.simulation`: plays histories of the models in `site.models`.

Examples:

    python -m django_zcrm.testing.simulation --seeds 1-2000 --processes 2
    python -m django_zcrm.testing.simulation --seed 17 --trace
"""

from __future__ import annotations

import argparse
import os
import sys

from .ranges import play_range

SITE = "django_zcrm.testing.simulation.site.settings"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code: 1 if an invariant was violated."""
    parser = argparse.ArgumentParser(prog="python -m django_zcrm.testing.simulation")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--seed", type=int, metavar="N", help="play the history of one seed")
    group.add_argument("--seeds", type=_range, metavar="FIRST-LAST", help="play a range of seeds")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="how many processes share the seeds"
    )
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
    seeds = options.seeds if options.seed is None else range(options.seed, options.seed + 1)
    if not 0 < options.processes <= len(seeds):
        parser.error(f"--processes must be a number from 1 to {len(seeds)}, that of the seeds")
    if options.trace and options.processes > 1:
        parser.error("--trace needs one process, or the traces would be mixed")
    os.environ["DJANGO_SETTINGS_MODULE"] = SITE  # for the processes, too
    report = play_range(
        seeds,
        options.subject,
        processes=options.processes,
        trace=options.trace,
        shrink=not options.no_shrink,
    )
    print(report)
    return 1 if report.violations else 0


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    numbers = range(int(first), int(last) + 1)
    if not numbers:
        raise ValueError("the range is empty")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
