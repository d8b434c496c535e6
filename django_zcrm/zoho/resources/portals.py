"""Portals: where customers see their own records."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.people import Portal, PortalMeta
from . import Resource


class Portals(Resource):
    """Portals (Zoho's manual: Portals). See also `portal_users` and `portal_user_types`."""

    @operation(
        "GET",
        "/crm/{version}/settings/portals",
        key="portals",
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.READ",),
    )
    def list(self) -> Sequence[Portal]:
        """Return all portals."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/portals/{portal_name}",
        key="portals",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.READ",),
    )
    def get(self, portal_name: str) -> Portal:
        """Return one portal. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals",
        key="portals",
        body="portals",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.CREATE",),
    )
    def create(self, portals: Sequence[Values]) -> BatchResult:
        """Create a portal: `[{"name": ...}]`."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/portals/{portal_name}",
        key="portals",
        body="portal",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def update_one(self, portal_name: str, portal: Values) -> Outcome:
        """Change one portal."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/portals/{portal_name}",
        key="portals",
        returns=one,
        scopes=("ZohoCRM.settings.clientportal.DELETE",),
    )
    def delete_one(self, portal_name: str) -> Outcome:
        """Delete one portal."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/portals/meta",
        key="related_lists",
        returns=items,
        scopes=("ZohoCRM.settings.clientportal.READ",),
    )
    def meta(self, module: str) -> Sequence[PortalMeta]:
        """Return which related lists of a module a portal can show."""
        ...
