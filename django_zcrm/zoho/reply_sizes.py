"""How many bytes of a reply are read."""

from __future__ import annotations

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""Bytes of a reply, decoded. A page of 200 large records has some few megabytes."""

SHORT_REPLY = 16 * 1024
"""Bytes. All replies of the accounts server are shorter, and those that name an error."""

MAX_ACCOUNTS_BYTES = 1024 * 1024
"""The same for the accounts server, whose replies have some hundred bytes."""
