"""The exceptions of django_zcrm, all in one place to import from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import MultipleObjectsReturned as DjangoMultipleObjectsReturned
from django.core.exceptions import ObjectDoesNotExist

from .zoho import errors
from .zoho.errors import (
    ApiError,
    BudgetSpent,
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    NotFound,
    NotSupported,
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

if TYPE_CHECKING:
    from .zoho.results import PartialFailure

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
    "NotSupported",
    "PartialFailure",
    "ServerFault",
    "TimedOut",
    "TooManyRecords",
    "TransportError",
    "Unauthenticated",
    "Unreachable",
    "UnreadableReply",
    "ZCRMError",
    "ZohoError",
]


class DoesNotExist(errors.DoesNotExist, ObjectDoesNotExist):
    """No record matches what `get()` was asked for."""


class MultipleObjectsReturned(errors.MultipleObjectsReturned, DjangoMultipleObjectsReturned):
    """More than one record matches what `get()` was asked for."""


def __getattr__(name: str) -> Any:
    # It comes with the results of calls, which a project that only starts does not need.
    if name != "PartialFailure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .zoho.results import PartialFailure

    return PartialFailure
