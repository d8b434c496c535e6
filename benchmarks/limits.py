"""Processes and threads against an emulator with Zoho's limits: what is refused, how busy it is.

`python -m benchmarks.limits` prints one table: no limiter, the limiter with each store, and two
libraries of rate limits with their best settings, under the same load.
"""

from __future__ import annotations

import argparse
import os
import tempfile

from tests.app.limits.load_runs import CALL, HEAVY, LIMIT, connect, emulator, environment, run

CONTENDERS = ("none", "memory", "database", "redis", "pyrate-limiter", "limits")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits", description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--database", default="", help="a DATABASE_URL; otherwise an SQLite file")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9")
    parser.add_argument("--only", default="", help=f"of {', '.join(CONTENDERS)}")
    options = parser.parse_args()
    print(
        f"{options.processes} processes x {options.threads} threads for {options.seconds:g} s, "
        f"{LIMIT} calls at once, {HEAVY} heavy, calls of {CALL * 1000:g} ms, "
        f"{os.cpu_count()} cores\n\n"
        "| | calls a second | slots busy | refused in 2 s | refused later | failed | duplicates |\n"
        "|---|---|---|---|---|---|---|"
    )
    for contender in CONTENDERS:
        if options.only and contender not in options.only.split(","):
            continue
        store = options.redis if contender == "redis" else contender
        with tempfile.TemporaryDirectory() as folder, emulator() as url:
            env = environment(url, options.database or f"sqlite:///{folder}/db.sqlite3", store)
            env["ZCRM_REDIS"] = options.redis
            connect(env)
            result = run(url, env, options)
        print(
            f"| {contender} | {result.per_second:.0f} | {result.busy:.0%} | "
            f"{result.refused_early} | {result.refused_late} | {result.failed} | "
            f"{result.duplicates} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
