"""Zoho's records in the site's own tables, kept true in both directions.

An app of its own: `INSTALLED_APPS += ["django_zcrm.mirror"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .push.suppression import no_push
    from .runners.due import run_due
    from .signals import notification_received, record_synced

__all__ = ["no_push", "notification_received", "record_synced", "run_due"]


def __getattr__(name: str) -> Any:
    # Django imports this before the models can be.
    if name == "run_due":
        from .runners.due import run_due

        return run_due
    if name == "no_push":
        from .push.suppression import no_push

        return no_push
    if name in __all__:
        from . import signals

        return getattr(signals, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
