"""The exceptions of django_zcrm, all in one place to import from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError, ObjectDoesNotExist
from django.core.exceptions import MultipleObjectsReturned as DjangoMultipleObjectsReturned

from .zoho import errors
from .zoho.errors import (
    ApiError,
    BudgetExceeded,
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
    UnreadableResponse,
    ZCRMError,
    ZohoError,
)

if TYPE_CHECKING:
    from .zoho.operations.results import PartialFailure

__all__ = [
    "ApiError",
    "BudgetExceeded",
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
    "UnknownField",
    "Unreachable",
    "UnreadableResponse",
    "ZCRMError",
    "ZohoError",
]


class UnknownField(errors.UnknownField, FieldError):
    """A query or a write names a field that the module or the class of records does not have."""


class DoesNotExist(errors.DoesNotExist, ObjectDoesNotExist):
    """No record matches the conditions of `get()`."""


class MultipleObjectsReturned(errors.MultipleObjectsReturned, DjangoMultipleObjectsReturned):
    """More than one record matches the conditions of `get()`."""


def __getattr__(name: str) -> Any:
    if name != "PartialFailure":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The module of the results of calls is not needed to start a project.
    from .zoho.operations.results import PartialFailure

    return PartialFailure
