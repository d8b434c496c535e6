"""``python -m django_zcrm.emulator`` without Django."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from django_zcrm.emulator import commandline
from django_zcrm.emulator.core.options import Options


def parsed(*arguments: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    commandline.add_arguments(parser)
    return vars(parser.parse_args(arguments))


def test_without_arguments_the_options_are_the_defaults() -> None:
    assert commandline.emulator_from(parsed()).options == Options()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--data-center", "us=99999"),
        ("--records", "Leads=-5"),
        ("--records", "many"),
        ("--bulk-looks", "-1"),
    ],
    ids=" ".join,
)
def test_numbers_that_make_no_sense(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(*arguments)
    error = capsys.readouterr().err
    assert f"argument {arguments[0]}: " in error
    assert " is no " in error


EVERY_OPTION = """
    --data empty --environment production --environment sandbox --edition Free --seed 3
    --base-url https://x --redirect-uri https://y --allowed-host zoho.test --milliseconds
    --throttle-codes --throttle-refreshes --limit-credits 9 --limit-concurrency
    --limit-sub-concurrency 2 --records Leads=3 --records Accounts=2 --bulk-looks 4
    --bulk-seconds 0.5 --bulk-rows 10 --limit-bulk-downloads --coql-quotes doubled
    --coql-refuse formulas --coql-refuse between-dates --bearer --search-lag 60
    --row-lag 2.5 --data-center eu --data-center us=8901 --secret-by-data-center
"""


def test_every_option_can_be_given() -> None:
    emulator = commandline.emulator_from(parsed(*EVERY_OPTION.split()))
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
        bulk_looks=4,
        bulk_seconds=0.5,
        bulk_rows=10,
        limit_bulk_downloads=True,
        coql_quotes="doubled",
        coql_refused=("formulas", "between-dates"),
        bearer=True,
        search_lag=60.0,
        row_lag=2.5,
        data_centers=("eu", "us"),
        secret_by_data_center=True,
    )


def test_an_import_begins_without_the_demo_company(tmp_path: Path) -> None:
    path = tmp_path / "org.csv"
    path.write_text("module,api_name,data_type\nLeads,Colour,text\n")
    emulator = commandline.emulator_from(parsed("--import", str(path), "--records", "2"))
    assert (emulator.options.data, emulator.options.records) == ("empty", 2)
    both = commandline.emulator_from(parsed("--import", str(path), "--data", "demo"))
    assert both.options.data == "demo"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--import", "/nowhere.json"], "No such file"),
        (["--records", "leads=1"], "no module 'leads'"),
    ],
)
def test_what_cannot_be_used_is_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        commandline.main(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [{"data": "all"}, {"edition": "Huge"}, {"environments": ("moon",)}, {"data_centers": ("x",)}],
)
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is none of"):
        Options(**options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_server_runs_until_terminated() -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "django_zcrm.emulator",
        "--port",
        "0",
        "--data",
        "empty",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(4)]
        url = told[0].rpartition(" ")[2]
        with urlopen(f"{url}/emulator/health", timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert told[1:3] == ["Client id:     1000.EMULATORCLIENT", "Client secret: emulator-secret"]


@pytest.mark.slow
def test_a_server_for_other_machines_is_warned_of() -> None:
    command = [sys.executable, "-m", "django_zcrm.emulator", "--data", "empty", "--port", "0"]
    with subprocess.Popen(
        [*command, "--host", "0.0.0.0"],  # noqa: S104 - that is what is tested
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=60)
    assert "can be reached from other machines" in error


@pytest.mark.slow
def test_data_centres_are_served_and_told() -> None:
    command = [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--data", "empty"]
    for code in ("us", "eu", "in=0"):
        command += ["--data-center", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(6)]
        url = told[0].rpartition(" ")[2]
        with urlopen(f"{url}/oauth/serverinfo", timeout=30) as answer:  # noqa: S310
            locations = json.load(answer)["locations"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert told[3:5] == [
        f"Data centre {code}: {locations[code]}, secret emulator-secret" for code in ("eu", "in")
    ]


@pytest.mark.slow
def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "django_zcrm.emulator", "--port", port, "--data", "empty"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.slow
def test_django_is_not_needed() -> None:
    probe = (
        "import sys; sys.modules['django'] = None; import django_zcrm.emulator as e; "
        "e.Emulator(data='empty')"
    )
    subprocess.run([sys.executable, "-c", probe], check=True, timeout=120)
