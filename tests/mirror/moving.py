"""A connection that moves to another organisation while something else happens."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User

from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import source


def move(home: SiteEmulator, user: User, scopes: str | None = None) -> None:
    """Connect a user's account in another organisation, as another process does.

    Receivers of `connection_changed` do not run: the test's transaction is not committed.
    """
    saves = dict(source._saves)
    home.connect(user, scopes=scopes)
    source._saves.clear()
    source._saves.update(saves)


def names(home: SiteEmulator, module: str = "Leads") -> set[str]:
    return {record["Last_Name"] for record in home.records(module)}


def once(step: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls another one the first time only."""
    steps = [step]

    def call() -> None:
        if steps:
            steps.pop()()

    return call
