"""Names of processes, which show another process on the same machine whether one has ended."""

from __future__ import annotations

import os
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path


def process_name() -> str:
    """Return a new name for this process: its id, its machine, and a random part."""
    return f"{os.getpid()}-{_machine()}-{secrets.token_hex(4)}"


def has_ended(name: str) -> bool:
    """Whether the process with this `process_name` has ended; False if this machine cannot know."""
    pid, _, rest = name.partition("-")
    machine = rest.partition("-")[0]
    if not machine or machine != _machine() or not (pid.isascii() and pid.isdecimal()):
        return False
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError, ValueError):  # the last two: no possible id
        return True
    except OSError:  # it runs as another user
        return False
    return _is_zombie(int(pid))


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended, and its parent has not collected its exit status yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] == ["Z"]


@cache
def _machine() -> str:
    """Return a name for the processes whose ids this process can see; empty if there is none.

    Containers on one machine number their processes separately. Where /proc is missing, a process
    id does not reveal whether the process is on this machine.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        numbering = Path("/proc/self/ns/pid").readlink()
    except (OSError, ValueError):
        return ""
    return sha256(f"{boot}{numbering}".encode()).hexdigest()[:12]
