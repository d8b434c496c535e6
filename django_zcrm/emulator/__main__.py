"""``zcrm-emulator`` or ``python -m django_zcrm.emulator``: the emulator as a separate server.

Only dispatches: ``app`` is the served application, ``coverage`` reports the coverage of Zoho.
"""

from __future__ import annotations

import argparse
import sys

from .commandline import main
from .coverage import report


def print_coverage(arguments: list[str]) -> None:
    """Print how much of Zoho's published API the emulator covers."""
    parser = argparse.ArgumentParser(
        prog="zcrm-emulator coverage",
        description="How many of the operations that Zoho publishes the emulator does.",
    )
    parser.add_argument("--missing", action="store_true", help="list those that are not emulated")
    sys.stdout.write(report(missing=parser.parse_args(arguments).missing) + "\n")


def run() -> None:
    """Run the console script ``zcrm-emulator`` with the arguments of the process."""
    if sys.argv[1:2] == ["coverage"]:
        print_coverage(sys.argv[2:])
    else:
        main()


if __name__ == "__main__":
    run()
