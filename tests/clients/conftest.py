"""Zoho's own SDKs, where `make clients` put them, and a session of each with the emulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

from tests.certificate import write_certificate
from tests.clients.overhearing import Exchange, Overheard
from tests.clients.tls_proxy import tls_in_front_of
from tests.emulator.receiver import receiving

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".clients"
NODE_SCENARIO = Path(__file__).parent / "node_sdk"
MAX_SECONDS = 120
"""Seconds that a scenario may take."""
CHECKS = pytest.StashKey[dict[str, tuple[int, int]]]()
"""How many checks of each client passed, and how many there were."""
SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,ZohoCRM.coql.READ,"
    "ZohoCRM.bulk.ALL,ZohoCRM.notifications.ALL,ZohoCRM.files.CREATE,ZohoCRM.files.READ,"
    "ZohoCRM.mass_update.ALL,ZohoCRM.change_owner.ALL,ZohoCRM.functions.execute.READ,"
    "ZohoCRM.functions.execute.CREATE,ZohoSearch.securesearch.READ,ZohoFiles.files.ALL,"
    "AaaServer.profile.READ,ZohoCRM.templates.ALL,ZohoCRM.zia.ALL,ZohoCRM.apis.READ,"
    "ZohoCRM.features.READ,ZohoCRM.send_mail.ALL,ZohoCRM.share.ALL,ZohoCRM.mass_delete.ALL,"
    "ZohoCRM.mass_convert.leads.ALL"
)


@dataclass(frozen=True)
class Day:
    """The results of an SDK's scenario, the answers it got, and the callbacks posted to it."""

    results: dict[str, Any]
    exchanges: list[Exchange]
    callbacks: list[dict[str, Any]]


@pytest.fixture(scope="session")
def python_day() -> Day:
    """Run the Python SDK's scenario."""
    python = INSTALLED / "python_sdk" / "bin" / "python"
    if not python.exists():
        missing("Zoho's Python SDK")
    emulator = Overheard()
    with emulator.serve() as served, receiving() as receiver:
        results = run(
            str(python),
            "-m",
            "tests.clients.python_sdk.scenario",
            served.url,
            grant_code(served.url),
            receiver.url,
        )
        emulator.zoho.callbacks.wait()
    return Day(results, emulator.exchanges, receiver.bodies)


@pytest.fixture(scope="session")
def node_day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Run the Node SDK's scenario through a TLS proxy, since it speaks nothing else."""
    modules, node = INSTALLED / "node_sdk" / "node_modules", shutil.which("node")
    if not (modules / "zcrmsdk").exists() or node is None:
        missing("Zoho's Node SDK")
    work = tmp_path_factory.mktemp("node")
    certificate = write_certificate(work / "certificate.pem")
    emulator = Overheard()
    with (
        emulator.serve() as served,
        tls_in_front_of(served.url, certificate) as host,
        receiving() as receiver,
    ):
        configure_node_sdk(work / "resources", host)
        results = run(
            node,
            str(NODE_SCENARIO / "scenario.js"),
            grant_code(served.url),
            receiver.url,
            folder=work,
            NODE_PATH=str(modules),
            NODE_EXTRA_CA_CERTS=str(certificate),
        )
        emulator.zoho.callbacks.wait()
    return Day(results, emulator.exchanges, receiver.bodies)


def configure_node_sdk(resources: Path, host: str) -> None:
    """Write the SDK's two files, with ``host`` for both of Zoho's servers."""
    resources.mkdir()
    (resources / "oauth_configuration.properties").write_text(
        "[zoho]\n"
        f"crm.iamurl={host}\n"
        "crm.clientid=1000.EMULATORCLIENT\n"
        "crm.clientsecret=emulator-secret\n"
        "crm.redirecturl=http://127.0.0.1:8000/zcrm/oauth/callback/\n"
    )
    (resources / "configuration.properties").write_text(
        "[crm]\n"
        f"api.url={host}\n"
        "api.user_identifier=node@sdk.example\n"
        f"api.tokenmanagement={NODE_SCENARIO / 'tokens.js'}\n"
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print a table of the clients whose scenarios consist of checks."""
    counts = config.stash.get(CHECKS, {})
    if counts:
        terminalreporter.section("clients on the emulator")
        width = max(map(len, counts))
        for client, (passed, total) in counts.items():
            terminalreporter.write_line(f"{client:{width}}  {passed:4} of {total:4} checks pass")


def missing(what: str) -> NoReturn:
    """Fail: who runs these tests has the clients installed."""
    pytest.fail(f"{what} is not installed: make clients")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of this folder: only `make clients` runs them."""
    item.add_marker("clients")


def grant_code(url: str) -> str:
    """Make a code that grants everything the scenarios need."""
    answer = requests.post(f"{url}/emulator/grant-codes", json={"scope": SCOPES}, timeout=60)
    code: str = answer.json()["code"]
    return code


def run(*command: str, folder: Path = ROOT, **environment: str) -> Any:
    """Run a scenario in a folder and read the JSON that it prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])
