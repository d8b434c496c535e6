"""The README is followed to the letter in a new project: its settings, commands and lines."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PATIENCE = 120.0
"""Seconds within which a server must answer."""


def blocks(language: str) -> list[str]:
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def block(beginning: str) -> str:
    """Return the Python block that begins like this."""
    return next(block for block in blocks("python") if block.startswith(beginning))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Project:
    """A new project at two free ports, in place of the two that the README names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {"8000": free_port(), "8900": free_port()}
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "ZCRM_"))
        }
        self.env = {**environment, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def here(self, text: str) -> str:
        """Return a text of the README with this project's ports."""
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        return text

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def serving(self, address: str, *command: str) -> Iterator[None]:
        """Run a command of the project that serves, until it answers and to the block's end."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    requests.get(address, timeout=PATIENCE, allow_redirects=False)
                    break
                except requests.ConnectionError:
                    assert process.poll() is None, process.communicate()[0]
                    assert time.monotonic() < end, f"nothing answers at {address}"
                    time.sleep(0.2)
            yield
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Start a project, and follow the README until something has to be served."""
    project = Project(tmp_path_factory.mktemp("readme"))
    call_command("startproject", "site1", str(project.folder))
    for name in ("settings", "urls"):
        with (project.folder / "site1" / f"{name}.py").open("a") as file:
            file.write(project.here(block(f"# {name}.py\n")))
            if name == "settings":
                file.write(project.here(block("ZCRM = {\n")))
    for command in ("migrate", "createsuperuser"):
        assert f"$ python manage.py {command}\n" in README
    done = project.run("manage.py", "migrate")
    assert not done.returncode, done.stderr
    done = project.run(
        "manage.py",
        "createsuperuser",
        "--noinput",
        "--username=ines",
        "--email=ines@example.com",
        DJANGO_SUPERUSER_PASSWORD="a long enough one",
    )
    assert not done.returncode, done.stderr
    return project


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's first form."""
    form = re.search(r"<form[^>]*method=.post.*?</form>", page, re.S)
    assert form, page
    return dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', form[0]))


def connect(project: Project) -> str:
    """Log in, connect and accept, at the address that the README gives; return the last page."""
    address = re.search(r"<(http://127\S+)>", README)
    assert address
    browser = requests.Session()
    page = browser.get(project.here(address[1]), timeout=120)
    typed = {"username": "ines", "password": "a long enough one"}
    page = browser.post(page.url, {**fields(page.text), **typed}, timeout=120)
    connect = page.url.partition("?")[0]
    page = browser.post(
        connect, fields(page.text), headers={"Referer": page.url}, timeout=30
    )  # the consent page
    accepted = {**fields(page.text), "decision": "accept"}
    return browser.post(page.url.partition("?")[0], accepted, timeout=120).text


@pytest.mark.slow
def test_readme_lines_work(project: Project) -> None:
    site, zoho = (f"http://127.0.0.1:{project.ports[port]}" for port in ("8000", "8900"))
    emulator = ("zcrm_emulator", "--port", zoho.rpartition(":")[2])
    server = ("runserver", "--noreload", site.removeprefix("http://"))
    for command in (emulator[0], server[0]):
        assert f"$ python manage.py {command} " in README
    with project.serving(f"{zoho}/emulator/health", *emulator), project.serving(site, *server):
        assert "Zoho CRM is connected: Brightwater Trading." in connect(project)
        code = block("from django.db.models import Q\n")
        code = code.replace(
            'zcrm.org.get()["company_name"] ', 'print(zcrm.org.get()["company_name"]) '
        )
        done = project.run("manage.py", "shell", "-v", "0", "-c", code)
        assert not done.returncode, done.stderr
    first, *leads, last = done.stdout.splitlines()
    promised = re.findall(r"# (\S.*)$", code, re.M)
    assert f'"{first}"' == promised[0]
    assert len(leads) > 20
    largest = [float(line.rpartition(" ")[2]) for line in leads[-5:]]
    assert largest == sorted(largest, reverse=True)
    assert last.replace("'", '"') == promised[-1]


@pytest.mark.slow
def test_missing_variable_is_named_without_a_traceback(project: Project) -> None:
    settings = project.folder / "site1" / "real.py"
    settings.write_text("from .settings import *\n" + block("import os\n"))
    there = {"ZCRM_CLIENT_ID": "1000.X", "ZCRM_CLIENT_SECRET": "x"}
    for missing in there:
        variables = {name: value for name, value in there.items() if name != missing}
        done = project.run("manage.py", "check", DJANGO_SETTINGS_MODULE="site1.real", **variables)
        assert done.returncode == 1
        assert f"ZCRM['{missing.removeprefix('ZCRM_')}'] is not set." in done.stderr
        assert "Traceback" not in done.stderr
    done = project.run("manage.py", "check", DJANGO_SETTINGS_MODULE="site1.real", **there)
    assert "no issues" in done.stdout


def test_docs_read_no_variable_that_may_be_missing() -> None:
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")]
    demanding = re.compile(r"os\.environ\[|\benv\(\"\w+\"\)")
    assert [page.name for page in pages if demanding.search(page.read_text())] == []
