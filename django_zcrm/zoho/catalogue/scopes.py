"""The scopes that calls need, combined into as few as possible.

Based on the declared scopes; the Zoho user also needs the permissions in Zoho.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..auth.scope_names import scope_for
from ..errors import ConfigurationError
from .operations import CatalogueEntry, entries

_ALL = frozenset({"READ", "CREATE", "UPDATE", "DELETE"})
_FIELDS = "ZohoCRM.settings.fields.READ"


@dataclass(frozen=True)
class Use:
    """A call of an operation; `module` is empty if it is only known at run time."""

    entry: CatalogueEntry
    module: str = ""
    names_fields: bool = False


def find_uses(words: Iterable[str], modules: Iterable[str] = ()) -> list[Use]:
    """Return the uses that match words: `records`, `records.list`, or `bulk` for `bulk_...`.

    Raises ConfigurationError for a word that matches nothing.
    """
    uses = []
    for word in words:
        meant = [
            entry
            for entry in entries()
            if word in {entry.resource, entry.name} or entry.resource.startswith(f"{word}_")
        ]
        exact = [entry for entry in meant if word in {entry.resource, entry.name}]
        if not meant:
            names = {name for entry in entries() for name in (entry.resource, entry.name)}
            close = difflib.get_close_matches(word, names, 1)
            raise ConfigurationError(
                f"There is no {word!r}" + (f"; did you mean {close[0]!r}?" if close else ".")
            )
        uses += [
            Use(entry, module) for entry in exact or meant for module in (list(modules) or [""])
        ]
    return uses


def minimal_scopes(uses: Iterable[Use]) -> list[str]:
    """Return the fewest scopes that allow these uses, none of them broader than needed."""
    actions_by_name: dict[str, set[str]] = {}
    for scope in {scope for use in uses for scope in _scopes_of(use)}:
        name, _, action = scope.rpartition(".")
        actions_by_name.setdefault(name, set()).add(action)
    return sorted(
        f"{name}.{action}"
        for name, actions in actions_by_name.items()
        for action in _fewest(actions - _wider(name, actions_by_name))
    )


def _scopes_of(use: Use) -> Iterator[str]:
    operation = use.entry.operation
    for scope in operation.scopes:
        yield scope_for(scope, use.module)
    if operation.fields and isinstance(operation.fields, str) and not use.names_fields:
        yield _FIELDS  # the client fetches these fields


def _wider(name: str, actions_by_name: dict[str, set[str]]) -> set[str]:
    """Return the actions that a scope for all modules already allows."""
    above = actions_by_name.get(name.rpartition(".")[0], set())
    return set(_ALL | {"ALL"}) if "ALL" in above or above >= _ALL else above


def _fewest(actions: set[str]) -> set[str]:
    return {"ALL"} if "ALL" in actions or actions >= _ALL else actions
