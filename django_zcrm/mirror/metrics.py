"""OpenTelemetry gauges of the mirror, if its API package is installed; otherwise nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections

from .._version import __version__
from .figures import Figures, channels_closed, figures

try:
    from opentelemetry import metrics
except ModuleNotFoundError:
    IS_INSTALLED = False
else:
    IS_INSTALLED = True

logger = logging.getLogger("django_zcrm.mirror")

FRESH = 1.0
"""Seconds for which figures are shared: one reading of all gauges takes them once."""

GAUGES = {
    "lag": ("s", "How far the mirror that is furthest behind is behind Zoho"),
    "drift": ("{row}", "Rows that differed when all ids were compared last"),
    "mirrors": ("{mirror}", "Mirrors"),
    "resting": ("{mirror}", "Mirrors that are paused or not connected"),
    "backfilling": ("{mirror}", "Mirrors whose first reading has not ended"),
    "blocked": ("{mirror}", "Mirrors that wait for a person"),
    "failing": ("{mirror}", "Mirrors whose last attempt failed"),
    "outbox": ("{change}", "Changes that are still to reach Zoho"),
    "conflicts": ("{change}", "Changes that lost against Zoho's"),
    "dead_letters": ("{change}", "Changes that were given up"),
    "notices": ("{notice}", "Notices whose records were not read yet"),
}
"""Units and descriptions by the names of figures; each has the attribute zcrm.module."""

_lock = threading.Lock()
_registered = False
_known: tuple[float, list[Figures], int] | None = None


def register() -> bool:
    """Register the gauges with OpenTelemetry's meter provider; return whether there is one.

    `zcrm_sync --watch` does it; so that values are not exported once by each process, others do not
    unless they call this. May be called before the provider is set, and twice.
    """
    global _registered
    if not IS_INSTALLED:
        return False
    with _lock:
        if _registered:
            return True
        _registered = True
    meter = metrics.get_meter("django_zcrm", __version__)
    for name, (unit, description) in GAUGES.items():
        meter.create_observable_gauge(
            f"zcrm.mirror.{name}", [_observe(name)], unit=unit, description=description
        )
    meter.create_observable_gauge(
        "zcrm.mirror.channels_closed",
        [_observe_channels],
        unit="{channel}",
        description="Notification channels that are not open",
    )
    return True


def _observe(name: str) -> Any:
    def observe(options: Any) -> Iterable[Any]:
        for module in _read()[0]:
            value = getattr(module, name)
            if value is not None:
                yield metrics.Observation(value, {"zcrm.module": module.module})

    return observe


def _observe_channels(options: Any) -> Iterable[Any]:
    modules, closed = _read()
    if modules:
        yield metrics.Observation(closed)


def _read() -> tuple[list[Figures], int]:
    """Return the figures; none if the database cannot be reached."""
    global _known
    with _lock:
        if _known is None or time.monotonic() - _known[0] > FRESH:
            try:
                _known = time.monotonic(), figures(), channels_closed()
            except DatabaseError as error:
                logger.warning("the mirror's metrics cannot be read: %s", type(error).__name__)
                _known = time.monotonic(), [], 0
            finally:
                _close_own()
        return _known[1], _known[2]


def _close_own() -> None:
    """Close the database connections of an exporter's thread, which Django does not close."""
    if threading.current_thread() is not threading.main_thread():
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()
