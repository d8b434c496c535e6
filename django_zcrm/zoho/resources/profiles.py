"""Profiles: what users of the organisation may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import item, items, one
from ..results import Outcome
from ..types import Filters, Values
from ..types.people import Profile
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
    def list(
        self,
        *,
        type: Literal["normal_profile", "private_profile"] | None = None,
        include_types: str | None = None,
        filters: Filters | None = None,
    ) -> Sequence[Profile]:
        """Return all profiles."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/profiles/{profile_id}",
        key="profiles",
        returns=item,
        scopes=("ZohoCRM.settings.profiles.READ",),
    )
    def get(self, profile_id: str) -> Profile:
        """Return one profile with its permissions. Raises NotFound."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/profiles/{profile_id}",
        key="profiles",
        body="profile",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.profiles.UPDATE",),
    )
    def update_one(self, profile_id: str, profile: Values) -> Outcome:
        """Change one profile: `name`, `permissions_details`."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/profiles/{profile_id}",
        key="profiles",
        returns=one,
        adapt="profile_heir",
        since="v3",
        scopes=("ZohoCRM.settings.profiles.DELETE",),
    )
    def delete_one(
        self, profile_id: str, transfer_to_id: str, *, transfer_to: str | None = None
    ) -> Outcome:
        """Delete one profile; its users get the profile `transfer_to_id`.

        `transfer_to` is the parameter's older name, and has the same value unless given.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/profiles/{profile_id}/actions/clone",
        key="profiles",
        body="profile",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.profiles.CREATE",),
    )
    def clone(self, profile_id: str, profile: Values) -> Outcome:
        """Copy a profile under another `name`; the outcome has the copy's `id`."""
        ...
