"""Profiles: what users of the organisation are and may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operation import operation
from ..results import item, items
from . import Resource


class Profiles(Resource):
    """Profiles (Zoho's manual: Profiles)."""

    @operation(
        "GET",
        "/crm/{version}/settings/profiles",
        key="profiles",
        returns=items,
        scopes=("ZohoCRM.settings.profiles.READ",),
    )
    def list(self) -> Sequence[dict[str, Any]]:
        """Return all profiles."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/profiles/{profile_id}",
        key="profiles",
        returns=item,
        scopes=("ZohoCRM.settings.profiles.READ",),
    )
    def get(self, profile_id: str) -> dict[str, Any]:
        """Return one profile."""
        ...
