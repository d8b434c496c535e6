"""For runners with a queue: which mirrors are due, and the task that does the work of one."""

from __future__ import annotations

import time

from .due import due_rows, run, update_states_and_channels

MAX_SECONDS = 30.0
"""Seconds after which a worker leaves what is still due for a mirror to the next message."""


def due_mirrors() -> list[tuple[int, str]]:
    """Return connection and module of each mirror for which something is due.

    Raises ConfigurationError for settings or models that are wrong.
    """
    update_states_and_channels()
    return list(due_rows().values_list("connection_id", "module"))


def run_mirror(connection_id: int, module: str) -> bool:
    """Do what is due for one mirror, if anything is; return whether there is more to do at once.

    Safe to call twice, late, at once from several processes, and to be killed.
    """
    end = time.monotonic() + MAX_SECONDS
    while True:
        state = due_rows().filter(connection=connection_id, module=module).first()
        if state is None or not run(state):
            return False
        if time.monotonic() > end:
            return True
