"""`make demo`: the tour, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.journeys.demo import COMMAND, ROOT, Demo, environment, running_demo


@pytest.mark.slow
def test_tour_takes_every_step_and_ends_and_is_served_again(demo: Demo, tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(tmp_path, SERVE="0"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert re.findall(r"^(\d+)\. ", done.stdout, re.M) == [str(n) for n in range(1, 16)]
    for words in (
        "Zoho CRM is connected: Brightwater Trading",
        "200 POST /oauth/v2/token",
        "-> coql  1 request, 3 credits, 1 heavy",
        "(Lead_Status != 'Lost Lead' or Lead_Status is null)",
        "page: 2 of 3",
        "the same to the last byte",
        "MANDATORY_NOT_FOUND",
        "The record has been converted successfully",
        "notifications: ",  # more than one where that of the edit before came late
        "4 changes wait to be sent",
        "records of the lead that was created here: 1\n",
        "records of the lead that was deleted here: 0\n",
        "the page says: In step with Zoho.",
        "Password: ",
    ):
        assert words in done.stdout

    # On the same database, while another demo serves, until Ctrl-C.
    with running_demo(tmp_path) as again:
        assert again.url != demo.url
        assert again.emulator != demo.emulator
        assert requests.get(f"{again.url}/login/", timeout=60).ok
        assert again.stop() == 0
        assert requests.get(f"{demo.url}/login/", timeout=60).ok


@pytest.mark.slow
def test_tour_with_a_failing_step_exits_with_1(tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(tmp_path, SERVE="0", ZCRM_ACCOUNTS_URL="http://127.0.0.1:9"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 1
    assert "The tour failed: " in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.slow
def test_demo_with_a_client_of_zoho_only_serves(tmp_path: Path) -> None:
    own = {
        "ZCRM_CLIENT_ID": "1000.OWN",
        "ZCRM_CLIENT_SECRET": "own-secret",
        "ZCRM_DATA_CENTER": "eu",
        "ZCRM_REDIRECT_URI": "http://localhost:28417/zcrm/oauth/callback/",
    }
    with running_demo(tmp_path, **own) as demo:
        assert "there is no tour" in demo.output
        assert demo.url == "http://localhost:28417"
        assert "stands in for Zoho" not in demo.output
        assert "own-secret" not in demo.output


@pytest.mark.slow
def test_worker_ends_with_a_killed_demo(tmp_path: Path) -> None:
    env = environment(tmp_path)
    # Else the worker may find that there are no tables, before it ends.
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True
    )
    with subprocess.Popen(
        [sys.executable, "-m", "example_project.worker"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin
        assert worker.stdout
        try:
            assert "Watching" in worker.stdout.readline()
            worker.stdin.close()
            assert worker.wait(60) in (0, -signal.SIGTERM)  # it may not have begun to watch
        finally:
            worker.kill()
