"""Commands as processes, which are killed in the middle and gone on with; and on a terminal."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, served
from tests.amounts import some
from tests.app.commands.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.sampled]

LEADS = 6_500
"""Four pages of COQL."""


@pytest.fixture(scope="module")
def zoho() -> Iterator[ZCRMEmulator]:
    with served(data="empty") as zoho:
        zoho.create("Leads", LEADS, Last_Name=lambda number: f"Lead {number}", Company="Acme")
        yield zoho


@pytest.fixture(scope="module")
def site(zoho: ZCRMEmulator, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(zoho, tmp_path_factory.mktemp("site"))


def is_begun(path: Path) -> bool:
    """Whether some of a file is there to be gone on with."""
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


def test_a_killed_export_is_gone_on_with(site: Site, zoho: ZCRMEmulator) -> None:
    path = site.folder / "killed.csv"
    words = ["zcrm_export", "Leads", "--fields", "Last_Name", "--via", "coql", "-o", path.name]
    zoho.fail_next("coql.query", delay_ms=1500, times=None)
    assert site.end(*words, sign=signal.SIGKILL, when=lambda: is_begun(path)) == -signal.SIGKILL
    zoho.stop_failing()
    assert not path.exists()
    rows = json.loads(path.with_name("killed.csv.part.json").read_text())["rows"]
    assert 0 < rows < LEADS
    zoho.forget_requests()
    assert site.run(*words, "--resume") == f"{path.name} has {LEADS} records\n"
    check_whole(path)
    pages = -(-(LEADS - rows) // 2_000)
    assert len(zoho.requests_to("POST", "/crm/v8/coql")) == 1 + pages  # and the count


def test_ctrl_c_on_a_terminal_ends_in_words(site: Site, zoho: ZCRMEmulator) -> None:
    pytest.importorskip("rich")
    path = site.folder / "interrupted.csv"
    words = ["zcrm_export", "Leads", "--fields", "Last_Name", "--via", "coql", "-o", path.name]
    zoho.fail_next("coql.query", delay_ms=1500, times=None)
    terminal, end = os.openpty()
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(read_to_the_end, terminal)  # a full terminal would hold it up
        try:
            code = site.end(*words, sign=signal.SIGINT, when=lambda: is_begun(path), error=end)
        finally:
            os.close(end)
    zoho.stop_failing()
    output = read.result()
    assert code == 130
    assert f"/{LEADS}" in output  # of the progress bar
    assert "interrupted.csv.part: the same with --resume goes on." in output
    assert "Traceback" not in output
    assert site.run(*words, "--resume") == f"{path.name} has {LEADS} records\n"
    check_whole(path)


@pytest.mark.parametrize(
    "on", some([pytest.param([], id="create"), pytest.param(["--on", "Email"], id="upsert")])
)
def test_a_killed_import_is_gone_on_with(on: list[str], site: Site, zoho: ZCRMEmulator) -> None:
    name = f"people{len(on)}"
    path = site.folder / f"{name}.csv"
    rows = [f"{name} {number},{name}{number}@x.example\n" for number in range(1_000)]
    path.write_text("Last_Name,Email\n" + "".join(rows))
    result = site.folder / f"{name}.result.csv"
    words = ["zcrm_import", path.name, "--module", "Contacts", *on]
    zoho.fail_next("records.upsert" if on else "records.create", delay_ms=600, times=None)
    when = partial(is_begun, result)
    assert site.end(*words, "--yes", sign=signal.SIGKILL, when=when) == -signal.SIGKILL
    zoho.stop_failing()
    assert not result.exists()
    assert "is unfinished: --resume goes on" in site.run(*words, "--yes", code=1)
    in_flight = _in_flight(result)
    output = site.run(*words, "--resume", code=1 if in_flight and not on else 0)
    with result.open(newline="") as file:
        outcomes = [row["outcome"] for row in csv.DictReader(file)]
    there = [
        record["Last_Name"] for record in zoho.records("Contacts") if name in record["Last_Name"]
    ]
    assert len(there) == len(set(there))
    assert len(outcomes) == 1_000
    unknown = 0 if on else in_flight
    assert outcomes.count("unknown") == unknown
    assert len(there) - (outcomes.count("created") + outcomes.count("updated")) in (0, unknown)
    assert ("What is unknown may have been created" in output) is bool(unknown)


def _in_flight(result: Path) -> int:
    """Return how many rows were sent, as it seems, and have no outcome."""
    state = json.loads(result.with_name(f"{result.name}.part.json").read_text())
    return int(state["seen"]["sent"]) - int(state["rows"])


def test_a_reader_that_closes_its_pipe_is_no_error(site: Site, zoho: ZCRMEmulator) -> None:
    with site.start("zcrm_export", "Leads", "--fields", "Last_Name") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "id,Last_Name\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) == 0
