"""``zcrm-emulator``, or ``python -m django_zcrm.emulator``, without Django."""

from __future__ import annotations

import argparse
import configparser
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from django_zcrm.emulator import __main__, commandline
from django_zcrm.emulator.core.options import Options
from django_zcrm.emulator.core.server import EmulatorServer


def parse(*arguments: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    commandline.add_arguments(parser)
    return vars(parser.parse_args(arguments))


def test_command_without_arguments_uses_the_defaults() -> None:
    assert commandline.emulator_from(parse()).options == Options()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--data-center", "us=99999"),
        ("--records", "Leads=-5"),
        ("--records", "many"),
        ("--bulk-polls", "-1"),
    ],
    ids=" ".join,
)
def test_invalid_number_option_is_refused(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(*arguments)
    error = capsys.readouterr().err
    assert f"argument {arguments[0]}: " in error
    assert " is not a" in error


EVERY_OPTION = """
    --data empty --environment production --environment sandbox --edition Free --seed 3
    --base-url https://x --redirect-uri https://y --allowed-host zoho.test --milliseconds
    --throttle-codes --throttle-refreshes --limit-credits 9 --limit-concurrency
    --limit-sub-concurrency 2 --records Leads=3 --records Accounts=2 --bulk-polls 4
    --bulk-seconds 0.5 --bulk-rows 10 --limit-bulk-downloads --coql-quotes doubled
    --coql-refuse formulas --coql-refuse between-dates --refuse-bearer --strict-picklists
    --search-lag 60 --row-lag 2.5 --data-center eu --data-center us=8901 --secret-by-data-center
"""


def test_every_option_is_read() -> None:
    emulator = commandline.emulator_from(parse(*EVERY_OPTION.split()))
    assert emulator.options == Options(
        data="empty",
        environments=("production", "sandbox"),
        edition="Free",
        seed=3,
        base_url="https://x",
        redirect_uris=("https://y",),
        allowed_hosts=("zoho.test",),
        milliseconds=True,
        throttle_codes=True,
        throttle_refreshes=True,
        limit_credits=9,
        limit_concurrency=True,
        limit_sub_concurrency=2,
        records={"Leads": 3, "Accounts": 2},
        bulk_polls=4,
        bulk_seconds=0.5,
        bulk_rows=10,
        limit_bulk_downloads=True,
        coql_quotes="doubled",
        coql_refused=("formulas", "between-dates"),
        refuse_bearer=True,
        strict_picklists=True,
        search_lag=60.0,
        row_lag=2.5,
        data_centers=("eu", "us"),
        secret_by_data_center=True,
    )


def test_import_starts_without_the_demo_company(tmp_path: Path) -> None:
    path = tmp_path / "org.csv"
    path.write_text("module,api_name,data_type\nLeads,Colour,text\n")
    emulator = commandline.emulator_from(parse("--import", str(path), "--records", "2"))
    assert (emulator.options.data, emulator.options.records) == ("empty", 2)
    both = commandline.emulator_from(parse("--import", str(path), "--data", "demo"))
    assert both.options.data == "demo"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--import", "/nowhere.json"], "No such file"),
        (["--records", "leads=1"], "no module 'leads'"),
    ],
)
def test_unusable_file_is_reported(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        commandline.main(arguments)
    assert error in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [{"data": "all"}, {"edition": "Huge"}, {"environments": ("moon",)}, {"data_centers": ("x",)}],
)
def test_invalid_option_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is none of"):
        Options(**options)  # type: ignore[arg-type]


def test_console_script_runs_the_module() -> None:
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(Path(__file__).resolve().parents[2] / "setup.cfg")
    scripts = metadata["options.entry_points"]["console_scripts"].split("\n")
    assert "zcrm-emulator = django_zcrm.emulator.__main__:run" in scripts
    assert callable(__main__.run)


@pytest.mark.slow
def test_server_runs_until_terminated() -> None:
    program = ["-m", "django_zcrm.emulator"]
    command = [sys.executable, "-W", "error", *program, "--port", "0", "--data", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        url = lines[0].rpartition(" ")[2]
        with urlopen(f"{url}/emulator/health", timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert lines[1:3] == ["Client id:     1000.EMULATORCLIENT", "Client secret: emulator-secret"]


def test_server_for_other_machines_logs_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(server: EmulatorServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(EmulatorServer, "serve_forever", interrupt)
    commandline.main(["--data", "empty", "--port", "0", "--host", "0.0.0.0"])  # noqa: S104 - that is what is tested
    assert "can be reached from other machines" in caplog.text


@pytest.mark.slow
def test_data_centres_are_served_and_printed() -> None:
    command = [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--data", "empty"]
    for code in ("us", "eu", "in=0"):
        command += ["--data-center", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(6)]
        url = lines[0].rpartition(" ")[2]
        with urlopen(f"{url}/oauth/serverinfo", timeout=30) as answer:  # noqa: S310
            locations = json.load(answer)["locations"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert lines[3:5] == [
        f"Data centre {code}: {locations[code]}, secret emulator-secret" for code in ("eu", "in")
    ]


def test_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit) as exit:
            commandline.main(["--port", port, "--data", "empty"])
    assert exit.value.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.slow
def test_django_is_not_needed() -> None:
    probe = (
        "import sys; sys.modules['django'] = None; import django_zcrm.emulator as e; "
        "e.Emulator(data='empty')"
    )
    subprocess.run([sys.executable, "-c", probe], check=True, timeout=120)
