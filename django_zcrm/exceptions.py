"""The exceptions of django_zcrm, all in one place to import from."""

from __future__ import annotations

from .zoho.errors import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    NotFound,
    PartialFailure,
    ServerFault,
    TimedOut,
    TransportError,
    Unauthenticated,
    Unreachable,
    UnreadableReply,
    ZCRMError,
    ZohoError,
)

__all__ = [
    "ApiError",
    "ConfigurationError",
    "ConsentWithdrawn",
    "Forbidden",
    "Invalid",
    "Limited",
    "NotConnected",
    "NotFound",
    "PartialFailure",
    "ServerFault",
    "TimedOut",
    "TransportError",
    "Unauthenticated",
    "Unreachable",
    "UnreadableReply",
    "ZCRMError",
    "ZohoError",
]
