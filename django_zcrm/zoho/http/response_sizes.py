"""The maximum number of bytes that are read of a response."""

from __future__ import annotations

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""Bytes of a response, decoded. A page of 200 large records has some few megabytes."""

SHORT_REPLY = 16 * 1024
"""Bytes. All responses of the accounts server are shorter, and those that name an error."""

MAX_ACCOUNTS_BYTES = 1024 * 1024
"""The same for the accounts server, whose responses have some hundred bytes."""
