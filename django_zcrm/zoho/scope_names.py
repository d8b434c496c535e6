"""The names of scopes: how they are listed, and which of them cover which."""

from __future__ import annotations

from collections.abc import Iterable


def split_scopes(scopes: str | Iterable[str]) -> tuple[str, ...]:
    """Split scopes given as text (commas or spaces) or as a list; each appears once, in order."""
    words = scopes.replace(",", " ").split() if isinstance(scopes, str) else scopes
    return tuple(dict.fromkeys(word for word in words if word))


def missing_scopes(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return the needed scopes that the granted ones do not cover, in order.

    A broader scope covers a narrower one: `ZohoCRM.modules.ALL` covers both `ZohoCRM.modules.READ`
    and `ZohoCRM.modules.leads.READ`.
    """
    known = {scope.lower() for scope in granted}
    return tuple(scope for scope in split_scopes(needed) if not known & _covering(scope.lower()))


def _covering(scope: str) -> set[str]:
    """Return the scopes that cover this one: itself, and those with ALL or with fewer words."""
    words = scope.split(".")
    groups = [words[:size] for size in range(2, len(words))]
    return {scope} | {".".join([*group, last]) for group in groups for last in (words[-1], "all")}
