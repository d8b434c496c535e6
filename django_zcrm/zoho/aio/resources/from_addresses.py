"""From addresses: the addresses that email can be sent from.

Written by tools/write_resources.py from zoho/resources/from_addresses.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types.messaging import FromAddress


class FromAddresses:
    """From addresses (Zoho's manual: From Addresses)."""

    async def list(self, *, user_id: str | None = None) -> Sequence[FromAddress]:
        """Return the addresses that a user, by default the connected one, may send from."""
        ...
