"""OpenTelemetry gauges of the mirror, if the OpenTelemetry API package is installed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections

from .._version import __version__
from .module_health import ModuleHealth, count_closed_channels, get_module_health

try:
    from opentelemetry import metrics
except ModuleNotFoundError:
    IS_INSTALLED = False
else:
    IS_INSTALLED = True

logger = logging.getLogger("django_zcrm.mirror")

FRESH = 1.0
"""Seconds for which numbers are cached, so that one export of all gauges counts once."""

GAUGES = {
    "lag": ("s", "How far the mirror that is furthest behind is behind Zoho"),
    "drift": ("{row}", "Rows that differed when all ids were compared last"),
    "unstored": ("{record}", "Records that could not be stored"),
    "mirrors": ("{mirror}", "Mirrors"),
    "resting": ("{mirror}", "Mirrors that are paused, disabled, unavailable or not connected"),
    "in_initial_sync": ("{mirror}", "Mirrors whose initial sync has not ended"),
    "blocked": ("{mirror}", "Mirrors that wait for a person"),
    "failing": ("{mirror}", "Mirrors whose last attempt failed"),
    "outbox": ("{change}", "Changes that are still to reach Zoho"),
    "waiting": ("{change}", "Changes that could not be sent yet"),
    "conflicts": ("{change}", "Changes that lost against Zoho's"),
    "failed_items": ("{change}", "Changes that failed"),
    "notices": ("{notice}", "Notices whose records were not read yet"),
}
"""Units and descriptions by field of `ModuleHealth`; each gauge has the attribute zcrm.module."""

_lock = threading.Lock()
_registered = False
_known: tuple[float, list[ModuleHealth], int] | None = None


def register() -> bool:
    """Register the gauges with OpenTelemetry's meter provider; return whether there is one.

    `zcrm_sync --watch` calls this. Other processes do not, so that values are exported only once.
    May be called before the provider is set, and more than once.
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


def _read() -> tuple[list[ModuleHealth], int]:
    """Return the health of modules and the number of closed channels; empty without a database."""
    global _known
    with _lock:
        if _known is None or time.monotonic() - _known[0] > FRESH:
            try:
                _known = time.monotonic(), get_module_health(), count_closed_channels()
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
