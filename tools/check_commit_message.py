"""Check a commit's message: its subject has at most 72 characters, and a blank line ends it.

Git calls it with the file of the message: see .pre-commit-config.yaml.
"""

from __future__ import annotations

import re
import sys
from itertools import dropwhile, takewhile
from pathlib import Path

MAX_SUBJECT = 72
"""What `git log --oneline` and most pages show without cutting it."""

_SCISSORS = "# ------------------------ >8 ------------------------"
"""What follows is the diff that `git commit --verbose` shows."""

_AUTOSQUASH = re.compile(r"((fixup|squash|amend)! )+")


def subject_of(message: str) -> str:
    """Return what Git takes for the subject: the first paragraph, on one line."""
    lines = message.partition(_SCISSORS)[0].splitlines()
    text = [line.strip() for line in lines if not line.startswith("#")]
    return " ".join(takewhile(bool, dropwhile(lambda line: not line, text)))


def fault_in(message: str) -> str:
    """Return what is wrong with a message; empty if nothing is."""
    subject = _AUTOSQUASH.sub("", subject_of(message))
    if not subject:
        return "The commit has no subject."
    if len(subject) > MAX_SUBJECT:
        return (
            f"The subject has {len(subject)} characters, {MAX_SUBJECT} fit: {subject}\n"
            "Say the rest below it, after a blank line."
        )
    return ""


def main(path: str) -> None:
    """Check the message in a file; end with its fault, if there is one."""
    if fault := fault_in(Path(path).read_text("utf-8")):
        sys.exit(fault)


if __name__ == "__main__":
    main(sys.argv[1])
