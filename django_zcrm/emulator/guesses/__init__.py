"""The table of guesses, and the active behaviours.

One file for each subject, such as `records.toml`, lists the choices of the emulator:

    unknown-fields = {subject = "...", choice = "...", mark = "users", knob = ["ignored", "..."]}

`mark` is a key of MARKS. `knob` lists the possible behaviours, the emulator's choice first; a probe
finds out which of them is Zoho's. A guess without a probe has `unprobeable`, a key of REASONS.
`python tools/write_guesses.py` writes docs/explanation/emulator-guesses.md from here.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

GROUPS = (
    "accounts",
    "admission",
    "limits",
    "people",
    "records",
    "coql",
    "composite",
    "notifications",
    "settings",
    "bulk",
    "mirror",
)
MARKS = {
    "disagree": "Zoho's own pages, OpenAPI descriptions or clients differ",
    "silent": "no source was found",
    "users": "only users report it",
}
REASONS = {
    "bulk-read": "each bulk read costs 50 credits, and one is all that a probe spends",
    "bulk-write": "one bulk write costs 500 credits",
    "busy": "what others do in the organisation would change the answer",
    "every": "concerns many operations or keys; no single answer settles it",
    "exhausts": "using up a limit would stop the organisation's other programs",
    "feature": "needs a feature that few organisations have set up",
    "function": "needs a function, which the API cannot create",
    "grants": "would spend or end grants of the person who probes",
    "hidden": "Zoho shows its count of credits only when half of them are used",
    "hosts": "the client sends tokens to the API's hosts only",
    "index": "how long the index takes differs from one search to the next",
    "mails": "sends mail",
    "own": "is about this project; nothing at Zoho corresponds to it",
    "own-setup": "every organisation decides this itself",
    "person": "needs a person in a browser",
    "scopes": "needs a grant with other scopes",
    "secret": "needs the client's secret, which a probe is not given",
    "second-user": "needs a second user, whom Zoho would invite by mail",
    "server": "needs a server that Zoho can reach",
    "setup": "needs records of several modules, whose mandatory fields differ by organisation",
    "time": "takes longer than a probe may run",
    "timing": "depends on how busy Zoho is at the moment",
    "unclean": "would leave something behind that the API cannot remove",
    "views": "needs a view with a custom order",
    "visible": "changes what all users of the organisation see or may do",
    "volume": "needs more data than a probe may send",
}
FORMAT = 1
"""The version of the format of probe.json."""
NOTHING: Mapping[str, Any] = MappingProxyType({"format": FORMAT, "facts": MappingProxyType({})})
"""A result without facts."""


@dataclass(frozen=True)
class Guess:
    """One guess; `name` is `group.key`. See the module's docstring for the rest."""

    name: str
    subject: str
    choice: str
    mark: str
    knob: tuple[str, ...] = ()
    unprobeable: str = ""

    @property
    def group(self) -> str:
        """The subject that the guess belongs to, one of GROUPS."""
        return self.name.partition(".")[0]


@cache
def read_group(group: str) -> tuple[str, tuple[Guess, ...]]:
    """Return the title of a group and its guesses, in the order of the file."""
    table = tomllib.loads(files(__name__).joinpath(f"{group}.toml").read_text("utf-8"))
    return table["title"], tuple(
        Guess(f"{group}.{key}", **{**row, "knob": tuple(row.get("knob", ()))})
        for key, row in table["guesses"].items()
    )


@cache
def guesses() -> Mapping[str, Guess]:
    """Return all guesses by name."""
    return {guess.name: guess for group in GROUPS for guess in read_group(group)[1]}


def read_calibration(source: Mapping[str, Any] | str | PathLike[str]) -> dict[str, str]:
    """Return the behaviours that a probe's result establishes, where they differ from the guesses.

    `source` is the content of probe.json, or its path. Facts without a behaviour in the emulator
    are left out. Raises OSError for a file that cannot be read, ValueError for any other content,
    and for a guess or a behaviour that does not exist.
    """
    content = source if isinstance(source, Mapping) else _load(Path(source))
    facts = content.get("facts")
    if content.get("format") != FORMAT or not isinstance(facts, Mapping):
        raise ValueError(f'a calibration has a "format" of {FORMAT} and a table of "facts"')
    differing = {}
    for name, fact in facts.items():
        behaviour = fact.get("behaviour") if isinstance(fact, Mapping) else None
        if behaviour is None:
            continue
        if name not in guesses():
            raise ValueError(f"the calibration names {name!r}, which is not a guess")
        knob = guesses()[name].knob
        if not knob:
            raise ValueError(f"the emulator has no other behaviour for {name}")
        if behaviour not in knob:
            raise ValueError(f"{name} is one of {', '.join(knob)}, not {behaviour!r}")
        if behaviour != knob[0]:
            differing[name] = behaviour
    return differing


def _load(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):  # the latter for lists in lists in lists
        content = None
    if not isinstance(content, Mapping):
        raise ValueError(f"{path} is not a JSON object")
    return content


_in_force: ContextVar[Mapping[str, str]] = ContextVar("_in_force", default=MappingProxyType({}))


@contextmanager
def in_force(calibration: Mapping[str, str]) -> Iterator[None]:
    """Let `behaves` follow a calibration while the block runs."""
    token = _in_force.set(calibration)
    try:
        yield
    finally:
        _in_force.reset(token)


def is_calibrated() -> bool:
    """Return whether anything differs from the emulator's own choices at the moment."""
    return bool(_in_force.get())


def behaves(guess: str, behaviour: str) -> bool:
    """Return whether the emulator at work behaves so, and not as the guess's own choice."""
    return _in_force.get().get(guess) == behaviour
