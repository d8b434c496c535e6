"""Errors that block a mirror until a person puts something right, in words."""

from __future__ import annotations

from dataclasses import dataclass

from ...exceptions import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    NotConnected,
    ZCRMError,
)
from .fields import UnknownField

RETRY_SECONDS = 3600.0
"""How long a blocked mirror waits before it tries again: most blocks are lifted in Zoho, unseen."""

CONSENT_WITHDRAWN = "consent_withdrawn"
NOT_CONNECTED = "not_connected"
UNKNOWN_FIELD = "unknown_field"
CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Block:
    """Why a mirror is blocked: a code, Zoho's or ours, and what to do about it."""

    code: str
    words: str


_CODES = {
    "INVALID_MODULE": "Zoho has no module {module}, or hides it from this user: name it in "
    "class Zoho as it is called now, or show it.",
    "OAUTH_SCOPE_MISMATCH": "A scope is missing: {error}. Connect again and grant it.",
    "NO_PERMISSION": "The Zoho user may not read {module}: {error}.",
    "AUTHORIZATION_FAILED": "The Zoho user may not read {module}: {error}.",
}


def block_of(error: ZCRMError, module: str) -> Block | None:
    """Return the block for an error; None if it may pass by itself."""
    if isinstance(error, ConsentWithdrawn):
        return Block(CONSENT_WITHDRAWN, str(error))
    if isinstance(error, NotConnected):
        return Block(NOT_CONNECTED, str(error))
    if isinstance(error, UnknownField):
        return Block(UNKNOWN_FIELD, error.message)
    if isinstance(error, ConfigurationError):
        return Block(CONFIGURATION, error.message)
    if isinstance(error, ApiError) and error.code in _CODES:
        return Block(error.code, _CODES[error.code].format(module=module, error=error.message))
    return None
