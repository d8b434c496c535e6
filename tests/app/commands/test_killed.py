"""Commands as processes: killed once each, and on a terminal. See test_ended.py for each step."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from django_zcrm.testing.site import SiteEmulator
from tests.app.commands.exporting import export
from tests.app.commands.importing import fail_import, run_import
from tests.app.commands.site import end, start

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LEADS = 2_500
"""Two pages of COQL: the second one is in flight when a command ends."""


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    zcrm_live_emulator.connect()
    return zcrm_live_emulator


@pytest.fixture
def leads(zoho: SiteEmulator) -> None:
    zoho.create("Leads", LEADS, Last_Name=lambda number: f"Lead {number}", Company="Acme")


def slow_down_second_page(zoho: SiteEmulator) -> None:
    zoho.fail_next("coql.query", delay_ms=1500, times=None, skip=2)  # the first one counts them


def is_begun(path: Path) -> bool:
    """Whether part of a file is there to be resumed."""
    try:
        return bool(json.loads(path.with_name(f"{path.name}.part.json").read_text())["rows"])
    except FileNotFoundError:
        return False


def read_to_the_end(terminal: int) -> str:
    """Return what is written to a terminal until nobody has its other end."""
    output = b""
    with suppress(OSError):
        while some_more := os.read(terminal, 65_536):
            output += some_more
    os.close(terminal)
    return output.decode()


def check_whole(path: Path) -> None:
    with path.open(newline="") as file:
        names = [row["Last_Name"] for row in csv.DictReader(file)]
    assert names == [f"Lead {number}" for number in range(LEADS)]
    assert [entry.name for entry in path.parent.glob(f"{path.name}*")] == [path.name]


@pytest.mark.usefixtures("leads")
def test_killed_export_resumes(zoho: SiteEmulator, tmp_path: Path) -> None:
    slow_down_second_page(zoho)
    path = tmp_path / "killed.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", "coql", "-o", str(path)]
    when = partial(is_begun, path)
    assert end(zoho, "zcrm_export", *words, sign=signal.SIGKILL, when=when) == -signal.SIGKILL
    zoho.stop_failing()
    assert not path.exists()
    rows = json.loads(path.with_name("killed.csv.part.json").read_text())["rows"]
    assert 0 < rows < LEADS
    zoho.forget_requests()
    assert export(*words, "--resume") == f"{path} has {LEADS} records\n"
    check_whole(path)
    pages = -(-(LEADS - rows) // 2_000)
    assert len(zoho.requests_to("POST", "/crm/v8/coql")) == 1 + pages  # and the count


@pytest.mark.usefixtures("leads")
def test_ctrl_c_on_a_terminal_ends_with_a_message(zoho: SiteEmulator, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    slow_down_second_page(zoho)
    path = tmp_path / "interrupted.csv"
    words = ["Leads", "--fields", "Last_Name", "--via", "coql", "-o", str(path)]
    when = partial(is_begun, path)
    terminal, other_end = os.openpty()
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(read_to_the_end, terminal)  # a full terminal would hold it up
        try:
            code = end(zoho, "zcrm_export", *words, sign=signal.SIGINT, when=when, stderr=other_end)
        finally:
            os.close(other_end)
    zoho.stop_failing()
    output = read.result()
    assert code == 130
    assert f"/{LEADS}" in output  # of the progress bar
    assert "Stopping after the current request" in output
    assert "interrupted.csv.part. Run the same command with --resume to continue." in output
    assert "Traceback" not in output
    assert export(*words, "--resume") == f"{path} has {LEADS} records\n"
    check_whole(path)


def test_killed_import_resumes(zoho: SiteEmulator, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = [f"Person {number},person{number}@x.example\n" for number in range(1_000)]
    path.write_text("Last_Name,Email\n" + "".join(rows))
    result = tmp_path / "people.result.csv"
    words = ["zcrm_import", str(path), "--module", "Contacts", "--yes"]
    zoho.fail_next("records.create", delay_ms=600, times=None)
    when = partial(is_begun, result)
    assert end(zoho, *words, sign=signal.SIGKILL, when=when) == -signal.SIGKILL
    zoho.stop_failing()
    assert not result.exists()
    assert "is unfinished. Use --resume" in fail_import(str(path), "--yes", module="Contacts")
    in_flight = _in_flight(result)
    output = (fail_import if in_flight else run_import)(str(path), "--resume", module="Contacts")
    with result.open(newline="") as file:
        outcomes = [row["outcome"] for row in csv.DictReader(file)]
    there = [record["Last_Name"] for record in zoho.records("Contacts")]
    there = [name for name in there if name.startswith("Person ")]
    assert len(there) == len(set(there))
    assert len(outcomes) == 1_000
    assert outcomes.count("unknown") == in_flight
    assert len(there) - outcomes.count("created") in (0, in_flight)
    assert ("Rows with an unknown outcome may have been created" in output) is bool(in_flight)


def _in_flight(result: Path) -> int:
    """Return how many rows were sent, as it seems, and have no outcome."""
    state = json.loads(result.with_name(f"{result.name}.part.json").read_text())
    return int(state["writer_state"]["sent"]) - int(state["rows"])


@pytest.mark.usefixtures("leads")
def test_export_into_a_closed_pipe_ends_without_error(zoho: SiteEmulator) -> None:
    words = ("zcrm_export", "Leads", "--fields", "Last_Name")
    with start(zoho, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "id,Last_Name\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) == 0
