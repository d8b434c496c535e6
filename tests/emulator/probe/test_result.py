"""probe.json: what it holds, what it does not, and the emulator that follows it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.datacenters import DATA_CENTERS
from django_zcrm.emulator.core.faults import Fault
from django_zcrm.emulator.guesses import guesses
from django_zcrm.emulator.probe.commandline import INTERRUPTED, CannotRun, main, perform
from django_zcrm.emulator.probe.report import report_of, result_of
from django_zcrm.emulator.state.grants import CLIENT_ID, CLIENT_SECRET
from django_zcrm.zoho.http.pauses import override_pause
from tests.certificate import write_certificate
from tests.clients.tls_proxy import tls_in_front_of
from tests.emulator.probe.sandbox import (
    KNOBS,
    Flips,
    client_of,
    list_remains,
    make_emulator,
    probe,
    refresh_token,
    spent,
)

OTHERS: Flips = {guess.name: guess.knob[-1] for guess in KNOBS}
CANARY = "canary"


def test_emulator_that_follows_a_result_is_found_to_do_so(tmp_path: Path) -> None:
    result = result_of(probe(make_emulator(OTHERS), tmp_path / "first"))
    path = tmp_path / "probe.json"
    path.write_text(json.dumps(result))
    follower = Emulator(
        data="empty",
        data_centers=("eu",),
        environments=("sandbox",),
        calibration=path,
    )

    again = probe(follower, tmp_path / "second")

    assert again.facts == result["facts"]


def test_result_holds_nothing_of_the_organisation(tmp_path: Path) -> None:
    emulator = make_emulator({})
    org = emulator.zoho.organisation
    for name, value in org.info.items():
        if isinstance(value, str) and name not in ("time_zone", "id", "zgid"):
            org.info[name] = f"{CANARY} {value}"
    for user in org.users.values():
        user.first_name = user.last_name = CANARY
    emulator.zoho.faults.listed += [
        Fault(path="/crm/v99/*", code=f"{CANARY} 4711", message=CANARY, details={"x": CANARY}),
        Fault(path="/crm/v8/search", code="OTHER", message=CANARY, details={"api_name": CANARY}),
        Fault(path="/crm/v8/settings/territories", status=418, body=CANARY),
    ]

    outcome = probe(emulator, tmp_path / "journal")

    text = json.dumps(result_of(outcome)) + report_of(outcome.facts)
    assert CANARY not in text.lower()
    assert not re.search(r"\d{9}|1000\.|@|https?://|[0-9a-f]{16}", text)
    assert set(json.loads(json.dumps(result_of(outcome)))) == {
        "format",
        "django_zcrm",
        "date",
        "environment",
        "edition",
        "data_center",
        "credits",
        "facts",
    }
    for name, fact in outcome.facts.items():
        assert set(fact) <= {"verdict", "behaviour", "observed", "reason"}
        assert fact.get("behaviour", guesses()[name].knob[0]) in guesses()[name].knob
        assert re.fullmatch(r"\d{3}( [A-Z_]+)?|[a-z ]+", fact.get("observed", "200"))


def test_report_lists_what_differs_first(tmp_path: Path) -> None:
    facts = probe(
        make_emulator({"coql.not-equal": "refused"}), tmp_path / "j", groups=["coql"]
    ).facts

    lines = report_of(facts).splitlines()

    assert lines[:4] == [
        "Different from the emulator: 1",
        "  coql.not-equal: `<>`",
        "    Zoho: refused; the emulator: taken",
        "Unknown: 0",
    ]
    assert lines[4] == f"Confirmed: {len(facts) - 1}"


@pytest.fixture
def zohos_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets Zoho's host names lead to an emulator's TLS port."""
    hosts = DATA_CENTERS["eu"].all
    certificate = write_certificate(tmp_path / "zoho.pem", *hosts)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    getaddrinfo = socket.getaddrinfo

    def lead_to(port: int, emulator: Emulator) -> None:
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            if host in hosts:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
            return getaddrinfo(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setenv("ZCRM_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("ZCRM_CLIENT_SECRET", CLIENT_SECRET)
        monkeypatch.setenv("ZCRM_REFRESH_TOKEN", refresh_token(emulator))

    lead_to.certificate = certificate  # type: ignore[attr-defined]
    return lead_to


@pytest.mark.slow
def test_command_finds_the_flips_through_tls(
    zohos_hosts: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flips: Flips = dict(list(OTHERS.items())[::3])
    emulator, output = make_emulator(flips), tmp_path / "probe.json"
    with (
        emulator.serve() as server,
        tls_in_front_of(server.url, zohos_hosts.certificate) as host,
        override_pause(emulator.zoho.clock.advance),
    ):
        zohos_hosts(int(host.rpartition(":")[2]), emulator)

        code = main(["--data-center", "eu", "--output", str(output)])

    assert code == 0, capsys.readouterr()
    result = json.loads(output.read_text())
    facts = result["facts"]
    assert {name for name in facts if facts[name]["verdict"] == "different"} == set(flips)
    assert {name: facts[name]["behaviour"] for name in flips} == flips
    assert result["environment"] == "sandbox"
    assert spent(emulator) <= result["credits"] <= 500
    assert list_remains(emulator) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["probe.json", "zoho.pem"]
    printed = capsys.readouterr().out
    assert f"[{len(KNOBS):>3}/{len(KNOBS)}]" in printed
    assert f"Different from the emulator: {len(flips)}" in printed


def test_command_keeps_an_existing_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"):
        monkeypatch.setenv(name, "x")
    output = tmp_path / "probe.json"
    output.write_text("mine")

    assert main(["--output", str(output)]) == 1

    assert "name another file" in capsys.readouterr().err
    assert output.read_text() == "mine"


@pytest.mark.parametrize("budget", ["60", "-1", "much"])
def test_command_refuses_budget_that_pays_the_removal_only(
    budget: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([f"--budget={budget}"])

    assert "not a number above 60" in capsys.readouterr().err


def test_result_that_cannot_be_written_leaves_the_journal(tmp_path: Path) -> None:
    output = tmp_path / "probe.json"
    options = {"output": output, "only": ["composite"], "budget": 500, "production": False}

    def fill_disk(line: str) -> None:
        output.mkdir(exist_ok=True)

    with client_of(make_emulator({})) as client:
        with pytest.raises(CannotRun, match="cannot be written"):
            perform(client, options, fill_disk)
        output.rmdir()
        lines: list[str] = []
        assert perform(client, options, lines.append) == 0

    assert lines[0].startswith("Resuming")
    assert {fact["verdict"] for fact in json.loads(output.read_text())["facts"].values()} == {
        "confirmed"
    }


def test_command_asks_for_what_the_environment_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = []

    def interrupt(prompt: str) -> str:
        prompts.append(prompt)
        raise KeyboardInterrupt

    monkeypatch.delenv("ZCRM_CLIENT_ID", raising=False)
    monkeypatch.setattr("getpass.getpass", interrupt)

    assert main(["--output", str(tmp_path / "probe.json")]) == INTERRUPTED

    assert prompts == ["ZCRM_CLIENT_ID: "]
    assert "run the same command" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
