"""Errors that block a mirror until a person fixes the cause."""

from __future__ import annotations

from dataclasses import dataclass

from ...exceptions import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    NotConnected,
    ZCRMError,
)
from ...reasons import Reason, reason, reason_of
from ..declared_fields import MissingField
from ..models import MirrorState
from ..tenants import ProtectedRows

RETRY_SECONDS = 3600.0
"""Seconds until a blocked mirror tries again; most causes are fixed in Zoho, unnoticed by us."""

UNAVAILABLE_RETRY_SECONDS = 86_400.0
"""The same for an unavailable module; connecting again makes it due at once."""

PHASES = MirrorState.Phase

CONSENT_WITHDRAWN = "consent_withdrawn"
NOT_CONNECTED = "not_connected"
UNKNOWN_FIELD = MissingField.block
CONFIGURATION = "configuration"
PROTECTED_ROWS = ProtectedRows.block


@dataclass(frozen=True, slots=True)
class Block:
    """The reason why a mirror is blocked: a code, Zoho's or ours, and how to fix it."""

    code: str
    why: Reason
    is_unavailable: bool = False
    """Whether the organisation lacks the module, or its user may not read it."""

    @property
    def phase(self) -> str:
        """The phase of a mirror with this block."""
        return PHASES.UNAVAILABLE if self.is_unavailable else PHASES.BLOCKED

    @property
    def retry_seconds(self) -> float:
        """Seconds until the mirror tries again."""
        return UNAVAILABLE_RETRY_SECONDS if self.is_unavailable else RETRY_SECONDS


_CODES = {
    "INVALID_MODULE": "no_module",
    "OAUTH_SCOPE_MISMATCH": "scope_missing",
    "NO_PERMISSION": "no_permission",
    "AUTHORIZATION_FAILED": "no_permission",
}

_UNAVAILABLE = frozenset({"INVALID_MODULE", "NO_PERMISSION", "AUTHORIZATION_FAILED"})


def block_of(error: ZCRMError, module: str) -> Block | None:
    """Return the block for an error; None if a retry may succeed."""
    if isinstance(error, ConsentWithdrawn):
        return Block(CONSENT_WITHDRAWN, reason_of(error))
    if isinstance(error, NotConnected):
        return Block(NOT_CONNECTED, reason_of(error))
    if isinstance(error, MissingField | ProtectedRows):
        return Block(error.block, reason_of(error))
    if isinstance(error, ConfigurationError):
        return Block(CONFIGURATION, reason_of(error))
    if isinstance(error, ApiError) and error.code in _CODES:
        why = reason(_CODES[error.code], module=module, error=error.message)
        return Block(error.code, why, is_unavailable=error.code in _UNAVAILABLE)
    return None
