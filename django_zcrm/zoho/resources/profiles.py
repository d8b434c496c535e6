"""Profiles: permissions of the organisation's users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Filters, Values
from ..types.people import Profile
from . import Resource


class Profiles(Resource, scope="ZohoCRM.settings.profiles", key="profiles", since="v3"):
    """Profiles (Zoho's manual: Profiles)."""

    @operation("GET", "/crm/{version}/settings/profiles", since="v2")
    def list(
        self,
        *,
        type: Literal["normal_profile", "private_profile"] | None = None,
        include_types: str | None = None,
        filters: Filters | None = None,
    ) -> Sequence[Profile]:
        """Return all profiles.

        Args:
            type: Only profiles of this kind.
            include_types: Additional kinds of profiles to return: `Lite`, `Support`, or both
                separated by a comma.
            filters: Condition, or group of conditions, on the profiles to return.
        """
        ...

    @operation("GET", "/crm/{version}/settings/profiles/{profile_id}", since="v2")
    def get(self, profile_id: str) -> Profile:
        """Return one profile with its permissions. Raises NotFound.

        Args:
            profile_id: Id of the profile.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/profiles/{profile_id}", body="profile", in_list=True)
    def update_one(self, profile_id: str, profile: Values) -> Outcome:
        """Change one profile.

        Args:
            profile_id: Id of the profile.
            profile: Values to change, by Zoho's key: `name` (at most 50 characters), `description`,
                `permissions_details` (at most 1,000).
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/profiles/{profile_id}", adapt="profile_heir")
    def delete_one(
        self, profile_id: str, transfer_to_id: str, *, transfer_to: str | None = None
    ) -> Outcome:
        """Delete one profile; its users get another profile.

        Args:
            profile_id: Id of the profile.
            transfer_to_id: Id of the profile that the users get.
            transfer_to: The same id under the parameter's older name; `transfer_to_id` by default.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/profiles/{profile_id}/actions/clone",
        body="profile",
        in_list=True,
    )
    def clone(self, profile_id: str, profile: Values) -> Outcome:
        """Copy a profile; the outcome contains the `id` of the copy.

        Args:
            profile_id: Id of the profile to copy.
            profile: `name` of the copy (at most 50 characters) and its `description`.
        """
        ...
