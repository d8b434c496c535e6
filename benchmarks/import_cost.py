"""What importing costs, in time and memory, against Zoho's own SDK: `-m benchmarks.import_cost`.

Both are installed into a separate environment (from PyPI), or are taken from
the interpreter given. Every figure is a fresh interpreter's; the contenders take turns.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SDK = "zohocrmsdk8-0"
_TOLD = """
{program}
import time
seconds = time.process_time()
# Not ru_maxrss, which a process inherits: it would be at least the memory of this one.
with open("/proc/self/status") as status:
    (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM:"))
print(seconds, peak)
"""
_CLIENT = """
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.catalogue.resource_table import Resources
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
transport = RequestsTransport("benchmark")
crm = Client(Session(StaticToken(AccessToken("x", "https://www.zohoapis.com")), transport))
"""
_SDK = """
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.crm.api.dc import USDataCenter
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations
"""
_ALL_OF_SDK = """
import importlib, pkgutil
import zohocrmsdk.src.com.zoho.crm.api as api
for found in pkgutil.iter_modules(api.__path__):
    importlib.import_module(f"{api.__name__}.{found.name}")
"""
PROGRAMS = {
    "python alone": "",
    "requests, which both use": "import requests",
    "django_zcrm: a client": _CLIENT,
    "django_zcrm: a client and its records": _CLIENT + "crm.records",
    "django_zcrm: every resource": _CLIENT
    + "[getattr(crm, name) for name in Resources.__annotations__]",
    f"{SDK}: its start and records": _SDK,
    f"{SDK}: every package": _SDK + _ALL_OF_SDK,
}


def measure(python: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median CPU milliseconds and megabytes of each, the interpreter's own included."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            done = subprocess.run(  # noqa: S603 - our own program
                [str(python), "-I", "-c", _TOLD.format(program=program)],
                capture_output=True,
                text=True,
                check=True,
            )
            seconds, kilobytes = done.stdout.split()
            if number:  # the first round only writes .pyc files and warms the disk's cache
                taken[name].append((float(seconds) * 1000, float(kilobytes) / 1024))
    return {
        name: (median(cpu for cpu, _ in costs), median(size for _, size in costs))
        for name, costs in taken.items()
    }


def environment(directory: Path) -> Path:
    """Make an environment that holds both, and return its interpreter."""
    venv.create(directory, with_pip=True)
    python = directory / "bin" / "python"
    subprocess.run(  # noqa: S603
        [str(python), "-m", "pip", "install", "--quiet", "--editable", str(ROOT), SDK], check=True
    )
    return python


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--python", type=Path, help="an interpreter that has both installed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        python = options.python or environment(Path(directory))
        costs = measure(python, options.rounds)
    print(f"Python {sys.version.split()[0]}, median of {options.rounds} interpreters each\n")
    for name, (cpu, size) in costs.items():
        print(f"{name:45} {cpu:8.1f} ms {size:8.1f} MB")


if __name__ == "__main__":
    main()
