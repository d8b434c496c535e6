"""``manage.py zcrm_emulator``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.slow
def test_emulator_command_serves_until_interrupted() -> None:
    command = [
        sys.executable,
        "-m",
        "django",
        "zcrm_emulator",
        "--port",
        "0",
        "--data",
        "empty",
        "--settings",
        "tests.settings",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(3)]
            url = lines[0].rpartition(" ")[2]
            with urlopen(f"{url}/emulator/health", timeout=30) as answer:  # noqa: S310
                assert answer.status == 200
            process.terminate()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()  # a failure above must not leave the test waiting for it
    assert "1000.EMULATORCLIENT" in lines[1]
    assert "emulator-secret" in lines[2]


def test_emulator_command_with_used_port_raises() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="Cannot listen on"):
            call_command("zcrm_emulator", port=taken.getsockname()[1], data="empty")


@pytest.mark.slow
@pytest.mark.parametrize("package", ["werkzeug", "jinja2"])
def test_emulator_command_without_extra_names_it(package: str) -> None:
    probe = (
        f"import sys; sys.modules[{package!r}] = None; "
        "from django.core.management import execute_from_command_line as run; "
        "run(['manage.py', 'zcrm_emulator', '--port', '0', '--settings', 'tests.settings'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    assert done.returncode == 1
    assert "pip install django-zcrm[emulator]" in done.stderr
    assert "Traceback" not in done.stderr
