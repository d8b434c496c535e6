"""The organisation itself."""

from __future__ import annotations

from typing import Any

from ..operation import operation
from ..results import item
from . import Resource


class Org(Resource):
    """The organisation (Zoho's manual: Organization)."""

    @operation("GET", "/crm/{version}/org", key="org", returns=item, scopes=("ZohoCRM.org.READ",))
    def get(self) -> dict[str, Any]:
        """Return the organisation that the connection belongs to."""
        ...
