"""An emulator for each test, and settings that a test may change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from django_zcrm.monitoring.usage import counter
from django_zcrm.testing import SiteEmulator

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """Discard the counts: a later test's connection may have the same key."""
    counter.discard()
    yield
    counter.discard()


@pytest.fixture(autouse=True)
def nothing_is_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections get no mirrors, of the models of tests/mirror: that would take time."""
    path = "django_zcrm.mirror.runners.mirror_states.ensure_states_of"
    monkeypatch.setattr(path, lambda connection: None)


@pytest.fixture
def zoho(zcrm_emulator: SiteEmulator) -> SiteEmulator:
    """Return the emulator of the test; some files have one on a port."""
    return zcrm_emulator


@pytest.fixture
def configure(settings: Settings) -> Any:
    """Return a function that changes keys of settings.ZCRM for the test."""

    def change(**keys: Any) -> None:
        settings.ZCRM = {**settings.ZCRM, **keys}

    return change
