"""Clients that the emulator was not written for, unmodified: each passes all of its checks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import CHECKS, INSTALLED, SCOPES, grant_code, missing, run
from tests.clients.overhearing import Overheard
from tests.emulator.caller import Caller
from tests.emulator.receiver import receiving

HERE = Path(__file__).parent
LEAST = 100
"""So many checks a scenario has at least."""

Checks = list[dict[str, Any]]


def note_checks(config: pytest.Config, client: str, checks: Checks) -> None:
    """Note how many checks passed; all must."""
    failed = [check for check in checks if not check["passed"]]
    counts = config.stash.setdefault(CHECKS, {})
    counts[client] = (len(checks) - len(failed), len(checks))
    assert not failed, "\n".join(f"{check['name']}: {check['why']}" for check in failed)
    assert len(checks) >= LEAST
    assert len({check["name"] for check in checks}) == len(checks)


def node() -> str:
    """Return where Node.js is."""
    return shutil.which("node") or missing("Node.js")


@pytest.mark.parametrize("version", ["6.0", "7.0", "8.0"])
def test_node_sdk(pytestconfig: pytest.Config, tmp_path: Path, version: str) -> None:
    package = INSTALLED / "node_sdks" / "node_modules" / "@zohocrm" / f"nodejs-sdk-{version}"
    if not package.exists():
        missing(f"Zoho's Node SDK {version}")
    emulator = Overheard()
    with emulator.serve() as served, receiving() as receiver:
        checks = run(
            node(),
            str(HERE / "node_sdks" / "scenario.mjs"),
            str(package),
            served.url,
            grant_code(served.url),
            receiver.url,
            folder=tmp_path,
        )
        emulator.zoho.callbacks.wait()
    note_checks(pytestconfig, f"@zohocrm/nodejs-sdk-{version}", checks)
    assert [body["operation"] for body in receiver.bodies] == ["insert"]


def test_python_sdk_2_1(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    python = INSTALLED / "python_sdk_2_1" / "bin" / "python"
    if not python.exists():
        missing("Zoho's Python SDK 2.1")
    with Overheard().serve() as served:
        scenario = str(HERE / "python_sdk_2_1" / "scenario.py")
        checks = run(str(python), scenario, served.url, grant_code(served.url), folder=tmp_path)
    note_checks(pytestconfig, "zohocrmsdk2-1", checks)


@pytest.mark.parametrize("version", ["v5", "v6", "v7"])
def test_python_sdk(pytestconfig: pytest.Config, tmp_path: Path, version: str) -> None:
    python = INSTALLED / "python_sdk_2_1" / "bin" / "python"
    package = INSTALLED / "schemas" / version
    if not python.exists() or not package.exists():
        missing(f"Zoho's Python SDK for {version}")
    with Overheard().serve() as served:
        checks = run(
            str(python),
            str(HERE / "python_sdks" / "scenario.py"),
            served.url,
            grant_code(served.url),
            folder=tmp_path,
            # The SDKs of these versions are one package each; the libraries they need are here.
            PYTHONPATH=str(package),
        )
    note_checks(pytestconfig, f"zohocrmsdk{version[1]}-0", checks)


def test_airbyte(pytestconfig: pytest.Config) -> None:
    python = INSTALLED / "airbyte" / "bin" / "python"
    if not python.exists():
        missing("Airbyte's source")
    emulator = Overheard()
    with emulator.serve() as served:
        tokens = Caller(emulator).connect(SCOPES)
        scenario = str(HERE / "airbyte" / "scenario.py")
        checks = run(str(python), scenario, served.url, tokens["refresh_token"])
    note_checks(pytestconfig, "airbyte-source-zoho-crm", checks)


def test_n8n_node(pytestconfig: pytest.Config) -> None:
    zoho = INSTALLED / "n8n" / "package" / "dist" / "nodes" / "Zoho"
    if not zoho.exists():
        missing("n8n's Zoho node")
    emulator = Overheard()
    with emulator.serve() as served:
        checks = run(
            node(),
            str(HERE / "n8n" / "scenario.cjs"),
            str(zoho),
            served.url,
            str(Caller(emulator).connect()["access_token"]),
            NODE_PATH=str(INSTALLED / "n8n" / "node_modules"),
        )
    note_checks(pytestconfig, "n8n's Zoho node", checks)
