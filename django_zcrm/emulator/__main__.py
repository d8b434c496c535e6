"""``python -m django_zcrm.emulator``: the emulator as a server of its own, without Django.

Only dispatches: ``app`` is what gets served, ``coverage`` reports how much of Zoho it covers.
"""

from __future__ import annotations

import argparse
import sys

from django_zcrm.emulator.commandline import main
from django_zcrm.emulator.coverage import report


def tell_coverage(arguments: list[str]) -> None:
    """Print how much of Zoho's published API the emulator covers."""
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
