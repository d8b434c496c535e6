"""Tools for testing a project that uses Zoho CRM: the emulator in tests.

pytest finds the fixtures `zcrm_emulator` and `zcrm_live_emulator` automatically; with Django's own
test runner, use `ZCRMEmulatorMixin`. Importing this package loads neither Django nor the emulator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mixin import ZCRMEmulatorMixin
    from .site import SiteEmulator
    from .standalone import ZCRMEmulator, emulate, serve

_HOMES = {
    "SiteEmulator": "site",
    "ZCRMEmulator": "standalone",
    "ZCRMEmulatorMixin": "mixin",
    "emulate": "standalone",
    "serve": "standalone",
}

MISSING = "The emulator needs Werkzeug and Jinja2: pip install django-zcrm[emulator]"

__all__ = ["SiteEmulator", "ZCRMEmulator", "ZCRMEmulatorMixin", "emulate", "serve"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(load(_HOMES[name]), name)


def load(module: str) -> Any:
    """Import a module of this package. Raises ImportError with the extra to install."""
    try:
        return import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("werkzeug", "jinja2"):
            raise
        raise ImportError(MISSING) from error
