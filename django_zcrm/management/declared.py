"""Classes that declare the fields of modules, for `zcrm_inspect --check`; other apps add theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..records.inspecting import FoundField

_COLLECTORS: dict[str, Callable[[], Iterable[Declared]]] = {}


@dataclass(frozen=True)
class Declared:
    """A class for a module's records.

    `differences` returns a line for each field that is different in the organisation.
    """

    declaring: type
    module: str
    differences: Callable[[Sequence[FoundField]], list[str]]


def register(key: str, collect: Callable[[], Iterable[Declared]]) -> None:
    """Register a function that returns an app's classes for comparison."""
    _COLLECTORS[key] = collect


def collect_declared() -> list[Declared]:
    """Return the classes of all apps that registered."""
    return [declared for collect in _COLLECTORS.values() for declared in collect()]
