"""`python -m example_project.worker`: `zcrm_sync --watch` for the demo, with which it ends.

It reads what the demo never writes: when that ends, be it killed, the pipe does, too.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import django
from django.core.management import call_command


def main() -> None:
    """Work until the standard input ends, or SIGTERM comes."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the demo forwards the terminal's Ctrl-C
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    django.setup()
    call_command("zcrm_sync", watch=True)


def _end_with_the_demo() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
