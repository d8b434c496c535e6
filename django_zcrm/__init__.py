"""Zoho CRM for Django. Importing this package touches neither settings nor models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .access import NotPermitted
    from .clients import ConnectionClient, Site, zcrm
    from .exceptions import (
        ApiError,
        BudgetExceeded,
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
        UnknownField,
        Unreachable,
        UnreadableResponse,
        ZCRMError,
        ZohoError,
    )
    from .owners import acting, owner_of
    from .web.decorators import ZCRMRequiredMixin, zcrm_required

__all__ = [
    "ApiError",
    "BudgetExceeded",
    "ConfigurationError",
    "ConnectionClient",
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
    "UnknownField",
    "Unreachable",
    "UnreadableResponse",
    "ZCRMError",
    "ZCRMRequiredMixin",
    "ZohoError",
    "__version__",
    "acting",
    "owner_of",
    "zcrm",
    "zcrm_required",
]

_HOMES = {
    "ConnectionClient": "clients",
    "Site": "clients",
    "zcrm": "clients",
    "NotPermitted": "access",
    "ZCRMRequiredMixin": "web.decorators",
    "acting": "owners",
    "owner_of": "owners",
    "zcrm_required": "web.decorators",
}


def __getattr__(name: str) -> Any:
    # The models behind `zcrm` can only be imported once Django's apps are loaded.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, 'exceptions')}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
