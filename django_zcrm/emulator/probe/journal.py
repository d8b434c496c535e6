"""The journal of a run: objects, used credits and findings, for resuming the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Journal:
    """Lines of JSON, each written before the run continues.

    `organisation` is the id of the probed organisation, empty in a new journal. `things` are pairs
    of kind and id of objects that were created and not removed, `facts` are the findings, and
    `credits` are the used credits. A line that was cut off by a crash is ignored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.organisation = ""
        self.things: list[tuple[str, str]] = []
        self.facts: dict[str, dict[str, str]] = {}
        self.credits = 0
        self.is_resumed = path.exists()
        if self.is_resumed:
            for line in path.read_text("utf-8", errors="replace").splitlines():
                self._read(line)
        self._file = path.open("a", encoding="utf-8")
        self._file.write("\n" if self.is_resumed else "")

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            return
        match entry:
            case {"made": [str(kind), str(thing)]}:
                self.things.append((kind, thing))
            case {"fact": str(name), "found": dict() as fact}:
                self.facts[name] = fact
            case {"organisation": str(organisation)}:
                self.organisation = organisation
            case {"credits": int(credits)}:
                self.credits += credits
            case _:
                pass

    def _write(self, **entry: Any) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def begin(self, organisation: str) -> None:
        """Note the id of the organisation, once."""
        if not self.organisation:
            self.organisation = organisation
            self._write(organisation=organisation)

    def note_created(self, kind: str, thing: str) -> None:
        """Note something that is to be removed."""
        self.things.append((kind, thing))
        self._write(made=[kind, thing])

    def record_finding(self, name: str, fact: dict[str, str]) -> None:
        """Record a probe's finding."""
        self.facts[name] = fact
        self._write(fact=name, found=fact)

    def spend(self, credits: int) -> None:
        """Note credits before they are spent."""
        self.credits += credits
        self._write(credits=credits)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def delete(self) -> None:
        """Close and delete the file: there is nothing left to do."""
        self.close()
        self.path.unlink(missing_ok=True)
