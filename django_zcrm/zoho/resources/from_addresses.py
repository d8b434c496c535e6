"""From addresses: the addresses that email can be sent from."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..types.messaging import FromAddress
from . import Resource


class FromAddresses(Resource, scope="ZohoCRM.settings.emails", key="from_addresses", since="v2.1"):
    """From addresses (Zoho's manual: From Addresses)."""

    @operation("GET", "/crm/{version}/settings/emails/actions/from_addresses")
    def list(self, *, user_id: str | None = None) -> Sequence[FromAddress]:
        """Return the addresses from which a user may send e-mails.

        Args:
            user_id: Id of the user. By default the connected user.
        """
        ...
