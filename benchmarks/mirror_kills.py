"""Kills workers of the mirror at random points, far more often than the suite does.

    python benchmarks/mirror_kills.py --kills 200 --seed 7

Runs tests/mirror/test_kills.py on the database of DATABASE_URL: so many kills of each of a first
reading, changes, and what is sent. Prints how many pages were repeated; a seed repeats at which
steps workers are killed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill workers of the mirror at random points.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="0 takes a new one, which is printed")
    options = parser.parse_args()
    numbers = {"MIRROR_KILLS": str(options.kills), "MIRROR_SEED": str(options.seed)}
    started = time.monotonic()
    words = ["-m", "pytest", "-q", "-s", "-n", "0", "-p", "no:cacheprovider"]
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *words, "tests/mirror/test_kills.py"],
        cwd=ROOT,
        env={**os.environ, **numbers},
        check=False,
    )
    print(f"{options.kills} kills of each in {time.monotonic() - started:.0f} s")
    return ended.returncode


if __name__ == "__main__":
    raise SystemExit(main())
