"""Portals: where customers see their own records."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import Portal, PortalMeta
from . import Resource


class Portals(Resource, scope="ZohoCRM.settings.clientportal", key="portals", since="v3"):
    """Portals (Zoho's manual: Portals). See also `portal_users` and `portal_user_types`."""

    @operation("GET", "/crm/{version}/settings/portals")
    def list(self) -> Sequence[Portal]:
        """Return all portals."""
        ...

    @operation("GET", "/crm/{version}/settings/portals/{portal_name}")
    def get(self, portal_name: str) -> Portal:
        """Return one portal. Raises NotFound.

        Args:
            portal_name: Name of the portal.
        """
        ...

    @operation("POST", "/crm/{version}/settings/portals", body="portals")
    def create(self, portals: Sequence[Values]) -> BatchResult:
        """Create a portal; return the outcome.

        Args:
            portals: Portals to create, each with `name` (6 to 30 characters).
        """
        ...

    @operation("PUT", "/crm/{version}/settings/portals/{portal_name}", body="portal", in_list=True)
    def update_one(self, portal_name: str, portal: Values) -> Outcome:
        """Change one portal.

        Args:
            portal_name: Name of the portal.
            portal: Values to change, by Zoho's key: `name` (6 to 30 characters).
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/portals/{portal_name}", since="v2")
    def delete_one(self, portal_name: str) -> Outcome:
        """Delete one portal.

        Args:
            portal_name: Name of the portal.
        """
        ...

    @operation("GET", "/crm/{version}/settings/portals/meta", key="related_lists", since="v2")
    def meta(self, module: str) -> Sequence[PortalMeta]:
        """Return which related lists of a module a portal can show.

        Args:
            module: API name of the module, such as `Contacts`.
        """
        ...
