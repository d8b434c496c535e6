"""Zoho CRM for Django. Importing this package touches neither settings nor models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .clients import Site, zcrm
    from .decorators import ZCRMRequiredMixin, zcrm_required
    from .exceptions import (
        ApiError,
        BudgetSpent,
        ConfigurationError,
        ConsentWithdrawn,
        DoesNotExist,
        Forbidden,
        Invalid,
        Limited,
        MultipleObjectsReturned,
        NotConnected,
        NotFound,
        NotSupported,
        PartialFailure,
        ServerFault,
        TimedOut,
        TooManyRecords,
        TransportError,
        Unauthenticated,
        Unreachable,
        UnreadableReply,
        ZCRMError,
        ZohoError,
    )
    from .owners import acting
    from .policy import NotPermitted

__all__ = [
    "ApiError",
    "BudgetSpent",
    "ConfigurationError",
    "ConsentWithdrawn",
    "DoesNotExist",
    "Forbidden",
    "Invalid",
    "Limited",
    "MultipleObjectsReturned",
    "NotConnected",
    "NotFound",
    "NotPermitted",
    "NotSupported",
    "PartialFailure",
    "ServerFault",
    "Site",
    "TimedOut",
    "TooManyRecords",
    "TransportError",
    "Unauthenticated",
    "Unreachable",
    "UnreadableReply",
    "ZCRMError",
    "ZCRMRequiredMixin",
    "ZohoError",
    "__version__",
    "acting",
    "zcrm",
    "zcrm_required",
]

_HOMES = {
    "Site": "clients",
    "zcrm": "clients",
    "NotPermitted": "policy",
    "ZCRMRequiredMixin": "decorators",
    "acting": "owners",
    "zcrm_required": "decorators",
}


def __getattr__(name: str) -> Any:
    # The models behind `zcrm` can only be imported once Django's apps are loaded.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, 'exceptions')}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
