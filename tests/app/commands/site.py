"""A site of its own, whose commands are run as processes that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django_zcrm.testing.standalone import ALL_SCOPES, ZCRMEmulator

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0


class Site:
    """The example project in another process, with a connection to a served emulator."""

    def __init__(self, zoho: ZCRMEmulator, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")},
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
            "ZCRM_ACCOUNTS_URL": zoho.url,
            "ZCRM_API_URL": zoho.url,
            "ZCRM_UPLOAD_URL": zoho.url,
            "ZCRM_REDIRECT_URI": "http://localhost/zcrm/oauth/callback/",
        }
        self.run("migrate", "--verbosity", "0")
        self.run("zcrm_connect", given=zoho.grant_code(ALL_SCOPES))

    def run(self, *words: str, given: str = "", code: int = 0) -> str:
        """Run a command to its end, which has this exit code; return all it said."""
        done = subprocess.run(
            self._command(words),
            cwd=self.folder,
            env=self._environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def end(
        self, *words: str, sign: signal.Signals, when: Callable[[], bool], error: int | None = None
    ) -> int:
        """Start a command and send it a signal when something has happened; return its exit code.

        `error` is the descriptor that it has as its standard error.
        """
        # What a shell starts in the background ignores SIGINT, and so does what that starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            self._command(words),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if error is None else error,
        )
        try:
            until = time.monotonic() + PATIENCE
            while not when():
                assert process.poll() is None, "it has ended before"
                assert time.monotonic() < until, "nothing has happened"
                time.sleep(0.01)
            process.send_signal(sign)
            return process.wait(PATIENCE)
        finally:
            process.kill()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command whose output can be read."""
        return subprocess.Popen(
            self._command(words),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _command(words: tuple[str, ...]) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *words]
