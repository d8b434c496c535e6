"""Mirrors Zoho's records in the site's own tables, in both directions.

This is a separate app: `INSTALLED_APPS += ["django_zcrm.mirror"]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import CrossConnectionError

if TYPE_CHECKING:
    from .mirror import Mirror
    from .notifications import subscribe
    from .outbox.suppression import no_push
    from .policies import MirrorPolicy
    from .runners.due import run_due
    from .signals import notification_received, record_synced
    from .status import MirrorStatus
    from .tenants import forget

__all__ = [
    "CrossConnectionError",
    "Mirror",
    "MirrorPolicy",
    "MirrorStatus",
    "forget",
    "no_push",
    "notification_received",
    "record_synced",
    "run_due",
    "subscribe",
]

_HOMES = {
    "Mirror": "mirror",
    "MirrorPolicy": "policies",
    "MirrorStatus": "status",
    "forget": "tenants",
    "no_push": "outbox.suppression",
    "notification_received": "signals",
    "record_synced": "signals",
    "run_due": "runners.due",
    "subscribe": "notifications",
}


def __getattr__(name: str) -> Any:
    # Django imports this before the models can be.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
