"""Prints all measurements as Markdown tables, ready for docs/explanation/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import version

import requests

from benchmarks import app, calls, imports, record_sets, wire
from benchmarks.server import Addresses, serving


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="turns that each contender has")
    parser.add_argument(
        "--times", type=int, default=250, help="calls in one turn; a fifth for what takes long"
    )
    parser.add_argument("--only", default="", help="what has this in its name, such as create")
    parser.add_argument("--orjson", action="store_true", help="read JSON by orjson, not by json")
    parser.add_argument("--wire", action="store_true", help="nothing but the table of all calls")
    parser.add_argument("--processes", type=int, default=3, help="how often that is measured")
    options = parser.parse_args()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, requests "
        f"{requests.__version__}, urllib3 {version('urllib3')}, JSON read by "
        f"{'orjson' if options.orjson else 'json'}\n"
    )
    with serving() as addresses:
        if options.wire:
            wire.print_table(addresses, options)
            return
        for scheme in ("http", "https"):
            _print_calls(scheme, addresses, options)
        if not options.only:
            _print_app(addresses, options)
            _print_record_sets(options)
            print("\n| import | CPU, ms |\n|---|---|")
            for name, milliseconds in imports.measure(max(options.rounds // 3, 3)).items():
                print(f"| {name} | {milliseconds:.0f} |")


def _print_head(title: str) -> None:
    print(f"\n| {title} | CPU, µs | wall, µs | CPU, ratio | wall, ratio |\n|---|---|---|---|---|")


def _print_calls(scheme: str, addresses: Addresses, options: argparse.Namespace) -> None:
    _print_head(scheme)
    with calls.contenders(addresses, scheme) as subjects:
        for subject, contenders in subjects.items():
            if options.only in subject:
                _print_costs(subject, contenders, options, calls.times_of(subject, options.times))


def _print_app(addresses: Addresses, options: argparse.Namespace) -> None:
    _print_head("through Django")
    with (
        app.serve_app(addresses.http) as through,
        calls.contenders(addresses, "http") as subjects,
    ):
        bare = {calls.BARE: subjects["get"][calls.BARE]}
        ways = {name: calls.repeat(call) for name, call in through.items()}
        _print_costs("get", {**bare, **ways}, options, options.times)
        print("\n| way to a call | queries per call |\n|---|---|")
        for name, call in through.items():
            print(f"| {name} | {app.queries(call):g} |")


def _print_record_sets(options: argparse.Namespace) -> None:
    at_most = record_sets.AT_MOST
    print("\n| 2,000 records | CPU, µs | CPU, ratio | at most |\n|---|---|---|---|")
    with record_sets.contenders() as contenders:
        costs = calls.measure(
            contenders, options.rounds, max(options.times // 5, 1), orjson=options.orjson
        )
        for cost in costs:
            most = at_most.get(cost.name, "")
            print(f"| {cost.name} | {cost.cpu:.0f} | {cost.cpu_ratio:.2f} | {most} |")
    print("\n| query | CPU, µs | at most |\n|---|---|---|")
    for name, microseconds in record_sets.compiling(options.rounds).items():
        print(f"| {name} | {microseconds:.0f} | {at_most.get(name, '')} |")


def _print_costs(
    subject: str, contenders: dict[str, calls.Turn], options: argparse.Namespace, times: int
) -> None:
    for cost in calls.measure(contenders, options.rounds, times, orjson=options.orjson):
        print(
            f"| {subject}: {cost.name} | {cost.cpu:.0f} | {cost.wall:.0f} "
            f"| {cost.cpu_ratio:.2f} | {cost.wall_ratio:.2f} |"
        )


if __name__ == "__main__":
    main()
