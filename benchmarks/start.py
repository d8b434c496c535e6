"""What a process costs until its first answer, as a multiple of one that uses requests alone.

`python -m benchmarks.start`. Every figure is the CPU time of a fresh interpreter that ends after
one call to a server on this machine; the contenders take turns, with all bytecode there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from benchmarks.server import serving
from django_zcrm.emulator import Emulator

ROOT = Path(__file__).resolve().parent.parent
_REQUESTS = """
import requests
assert requests.get(os.environ["BENCHMARK_URL"] + "/crm/v8/Leads/1").json()["data"]
"""
_CLIENT = """
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
tokens = StaticToken(AccessToken("x", os.environ["BENCHMARK_URL"]))
assert Client(Session(tokens, RequestsTransport("benchmark"))).records.get("Leads", "1")
"""
_DJANGO = """
from django.conf import settings
url = os.environ["BENCHMARK_URL"]
settings.configure(
    SECRET_KEY="benchmark",
    USE_TZ=True,
    DATABASES={{"default": {{
        "ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCHMARK_DATABASE"]
    }}}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", {app}],
    ZCRM={{
        "CLIENT_ID": "1000.EMULATORCLIENT", "CLIENT_SECRET": "emulator-secret",
        "REDIRECT_URI": "http://localhost:8000/zcrm/oauth/callback/", "DATA_CENTER": "us",
        "USER_IDENTIFIER": "benchmark@example.com",
        "ACCOUNTS_URL": url, "API_URL": url, "UPLOAD_URL": url,
    }},
)
import django
django.setup()
"""
_QUERY = """
from django.contrib.auth.models import User
list(User.objects.all()[:1])
"""
_ZCRM = """
from django_zcrm import zcrm
assert zcrm.records.get("Leads", "1")
"""
_CONNECT = """
from django.core.management import call_command
from django_zcrm import zcrm
call_command("migrate", verbosity=0)
zcrm.generate_auth_tokens("benchmark@example.com", os.environ["BENCHMARK_CODE"])
zcrm.for_identifier("benchmark@example.com")
from django_zcrm.models import Connection
moved = os.environ["BENCHMARK_SERVER"]
Connection.objects.update(accounts_url=moved, api_domain=moved)
"""
_HAVING = _DJANGO.format(app='"django_zcrm"')
_WITHOUT = _DJANGO.format(app="")
PROGRAMS = {
    "requests": _REQUESTS,
    "a client": _CLIENT,
    "Django and a query": _WITHOUT + _QUERY,
    "Django, a query and requests": _WITHOUT + _QUERY + _REQUESTS,
    "Django with the app, and a query": _HAVING + _QUERY,
    "Django with the app, and `zcrm.records.get`": _HAVING + _ZCRM,
}


def _run(program: str, environment: dict[str, str]) -> float:
    code = f"import os, time\n{program}\nprint(time.process_time())"
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1]) * 1000


def measure(rounds: int) -> dict[str, float]:
    """Return the milliseconds of each: the least of all rounds, as all else only adds to them."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    inherited = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as directory, serving() as addresses:
        environment = {
            **inherited,
            "PYTHONPYCACHEPREFIX": f"{directory}/bytecode",
            "BENCHMARK_DATABASE": f"{directory}/database.sqlite3",
            "BENCHMARK_SERVER": addresses.http,
        }
        with Emulator().serve() as zoho:
            grant = {"scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ"}
            answer = requests.post(f"{zoho.url}/emulator/grant-codes", json=grant, timeout=5)
            code = str(json.loads(answer.content)["code"])
            _run(
                _HAVING + _CONNECT,
                {**environment, "BENCHMARK_URL": zoho.url, "BENCHMARK_CODE": code},
            )
        for number in range(rounds + 1):
            for name, program in PROGRAMS.items():
                milliseconds = _run(program, {**environment, "BENCHMARK_URL": addresses.http})
                if number:  # the first round writes the bytecode
                    taken[name].append(milliseconds)
    return {name: min(milliseconds) for name, milliseconds in taken.items()}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    cpu_times = measure(parser.parse_args().rounds)
    print("| until the first answer | CPU, ms | ratio |\n|---|---|---|")
    for name, milliseconds in cpu_times.items():
        print(f"| {name} | {milliseconds:.0f} | {milliseconds / cpu_times['requests']:.2f} |")


if __name__ == "__main__":
    main()
