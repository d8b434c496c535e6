"""``python -m django_zcrm.emulator``: the emulator as a server of its own, without Django.

Knows the command line; what is served is in ``app``, and what of Zoho that is in ``coverage``.
"""

from __future__ import annotations

import argparse
import sys

from django_zcrm.emulator.commandline import main
from django_zcrm.emulator.coverage import report


def tell_coverage(arguments: list[str]) -> None:
    """Print how much of what Zoho publishes the emulator does."""
    parser = argparse.ArgumentParser(
        prog="python -m django_zcrm.emulator coverage",
        description="How many of the operations that Zoho publishes the emulator does.",
    )
    parser.add_argument("--missing", action="store_true", help="list those that are not emulated")
    sys.stdout.write(report(missing=parser.parse_args(arguments).missing) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["coverage"]:
        tell_coverage(sys.argv[2:])
    else:
        main()
