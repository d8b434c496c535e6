"""A stateful emulator of Zoho's accounts server and CRM API, for tests and development."""

from __future__ import annotations

try:
    from .app import Emulator
    from .core import Refusal
    from .core.faults import ConnectionDropped, Fault
    from .state import Clock
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("werkzeug", "jinja2"):
        raise
    raise ModuleNotFoundError(
        "The emulator needs Werkzeug and Jinja2: pip install 'django-zcrm[emulator]'",
        name=error.name,
    ) from error

__all__ = ["Clock", "ConnectionDropped", "Emulator", "Fault", "Refusal"]
