"""Prints all measurements as Markdown tables, ready for docs/explanation/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.util import find_spec

import requests

from benchmarks import app, calls, imports
from benchmarks.server import serving


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="turns that each contender has")
    parser.add_argument(
        "--times", type=int, default=50, help="calls in one turn; a tenth for pages"
    )
    asked = parser.parse_args()

    reader = "orjson" if find_spec("orjson") else "json"
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"requests {requests.__version__}, JSON read by {reader}\n"
    )
    print("| | CPU, µs | wall, µs | CPU, ratio | wall, ratio |\n|---|---|---|---|---|")
    with serving() as url, calls.contenders(url) as subjects, app.connected(url) as through:
        subjects["one record through Django"] = {
            "requests.Session": subjects["one record"]["requests.Session"],
            **through,
        }
        for subject, contenders in subjects.items():
            times = max(asked.times // 10, 2) if "page" in subject else asked.times
            for cost in calls.measure(contenders, asked.rounds, times):
                print(
                    f"| {subject}: {cost.name} | {cost.cpu:.0f} | {cost.wall:.0f} "
                    f"| {cost.cpu_ratio:.2f} | {cost.wall_ratio:.2f} |"
                )
        print("\n| way to a call | queries per call |\n|---|---|")
        for name, call in through.items():
            print(f"| {name} | {app.queries(call):g} |")
    print("\n| import | CPU, ms |\n|---|---|")
    for name, milliseconds in imports.measure(max(asked.rounds // 4, 3)).items():
        print(f"| {name} | {milliseconds:.0f} |")


if __name__ == "__main__":
    main()
