"""Time that a test moves on: this site's, and that of its Zoho."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.testing import SiteEmulator

Ahead = Callable[..., Any]
"""Returns a context in which only this site's clock is ahead; see the fixture `ahead`."""


class Clock:
    """The clocks of this site and of Zoho, which go on together."""

    def __init__(self, zoho: SiteEmulator, patch: pytest.MonkeyPatch) -> None:
        self._zoho = zoho
        self._ahead = timedelta()
        real = timezone.now
        patch.setattr(timezone, "now", lambda: real() + self._ahead)

    def forward(self, **duration: float) -> None:
        """Move both on, by the arguments of timedelta."""
        self._zoho.advance(**duration)
        self._ahead += timedelta(**duration)

    def zoho(self) -> datetime:
        """Return what time it is at Zoho."""
        return self._zoho.emulator.zoho.clock.now()
