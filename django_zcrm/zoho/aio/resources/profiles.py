"""Profiles: what users of the organisation may do.

Written by tools/write_resources.py from zoho/resources/profiles.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import Outcome
from ...types import Filters, Values
from ...types.people import Profile


class Profiles:
    """Profiles (Zoho's manual: Profiles)."""

    async def list(
        self,
        *,
        type: Literal["normal_profile", "private_profile"] | None = None,
        include_types: str | None = None,
        filters: Filters | None = None,
    ) -> Sequence[Profile]:
        """Return all profiles."""
        ...

    async def get(self, profile_id: str) -> Profile:
        """Return one profile with its permissions. Raises NotFound."""
        ...

    async def update_one(self, profile_id: str, profile: Values) -> Outcome:
        """Change one profile: `name`, `permissions_details`."""
        ...

    async def delete_one(
        self, profile_id: str, transfer_to_id: str, *, transfer_to: str | None = None
    ) -> Outcome:
        """Delete one profile; its users get the profile `transfer_to_id`.

        `transfer_to` is the parameter's older name, and has the same value unless given.
        """
        ...

    async def clone(self, profile_id: str, profile: Values) -> Outcome:
        """Copy a profile under another `name`; the outcome has the copy's `id`."""
        ...
