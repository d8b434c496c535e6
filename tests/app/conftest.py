"""An emulator on its own port, with the settings pointing at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.usage import counter
from tests.app.zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """Discard the counts: a later test's connection may have the same key."""
    counter.discard()
    yield
    counter.discard()


@pytest.fixture(scope="session")
def served() -> Iterator[Zoho]:
    """Serve one emulator for all tests of the session."""
    emulator = Emulator()
    with emulator.serve() as running:
        yield Zoho(emulator, running.url)


@pytest.fixture
def zoho(served: Zoho, settings: Settings) -> Zoho:
    """Return the emulator as if it had just been started."""
    served.emulator.reset()
    settings.ZCRM = {**settings.ZCRM, **served.urls}
    return served


@pytest.fixture
def configure(settings: Settings) -> Any:
    """Return a function that changes keys of settings.ZCRM for the test."""

    def change(**keys: Any) -> None:
        settings.ZCRM = {**settings.ZCRM, **keys}

    return change
