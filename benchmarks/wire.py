"""The table of all calls: what each costs as a multiple of what it costs a bare session."""

from __future__ import annotations

import argparse
import platform
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

from benchmarks import calls
from benchmarks.server import Addresses


def print_table(addresses: Addresses, options: argparse.Namespace) -> None:
    """Print CPU and wall time as multiples of the bare session's, the median of some processes.

    Where its memory happens to lie makes a process up to 3 % slower or faster.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        tasks = [pool.submit(ratios, addresses, options) for _ in range(options.processes)]
        tables = [task.result() for task in tasks]
    version = ".".join(platform.python_version_tuple()[:2])
    ways = " | ".join(f"{way}, {by}" for by in ("http", "https") for way in ("blocking", "awaited"))
    print(f"| Python {version} | {ways} |\n|---|---|---|---|---|")
    for subject in tables[0]:
        cells = [
            ", ".join(f"{median(figures):.2f}" for figures in zip(*cell, strict=True))
            for cell in zip(*(table[subject] for table in tables), strict=True)
        ]
        print(f"| {subject} | {' | '.join(cells)} |")


def ratios(
    addresses: Addresses, options: argparse.Namespace
) -> dict[str, list[tuple[float, float]]]:
    """Return the ratios of CPU and wall time of each row's cells."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for scheme in ("http", "https"):
        with calls.contenders(addresses, scheme) as subjects:
            for subject, contenders in subjects.items():
                times = calls.times_of(subject, options.times)
                for cost in calls.measure(contenders, options.rounds, times, orjson=options.orjson):
                    cell = cost.cpu_ratio, cost.wall_ratio
                    if cost.name in {"blocking", "awaited"}:
                        rows.setdefault(subject, []).append(cell)
                    elif cost.name == calls.ALONE:
                        rows.setdefault(f"{subject}, {calls.ALONE}", []).extend([cell, cell])
    return rows
