"""`python -m django_zcrm.testing.simulation`: plays histories of the models in `site.models`.

Examples:

    python -m django_zcrm.testing.simulation --seeds 1-2000 --processes 2
    python -m django_zcrm.testing.simulation --seed 17 --trace
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec

from . import MISSING
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
    if find_spec("greenlet") is None:
        parser.error(MISSING)
    seeds = options.seeds if options.seed is None else range(options.seed, options.seed + 1)
    if not 0 < options.processes <= len(seeds):
        parser.error(f"--processes must be from 1 to {len(seeds)}, the number of seeds")
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
    try:
        first, last = map(int, text.split("-") if "-" in text else (text, text))
    except ValueError:
        first, last = 1, 0
    if not 0 < first <= last:
        raise argparse.ArgumentTypeError(f"{text!r} is no range: use FIRST-LAST, such as 1-2000")
    return range(first, last + 1)


if __name__ == "__main__":
    sys.exit(main())
