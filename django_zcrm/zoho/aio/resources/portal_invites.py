"""Invitations of records, such as contacts, to a portal.

Written by tools/write_resources.py from zoho/resources/portal_invites.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...resources.portal_invites import PortalLanguage
from ...results import BatchResult, Outcome
from ...types.jobs import PortalInvitation, PortalInviteJob


class PortalInvites:
    """Invitations to a portal (Zoho's manual: Portal Users, invite)."""

    async def create(self, module: str, invitations: Sequence[PortalInvitation]) -> BatchResult:
        """Invite at most 100 records in the background.

        The only outcome is the job's: `details["job_id"]` is what `status` takes.
        """
        ...

    async def create_one(
        self,
        module: str,
        record: str,
        *,
        user_type_id: str,
        type: Literal["invite", "reinvite"] = "invite",
        language: PortalLanguage | None = None,
    ) -> Outcome:
        """Invite one record, by its id, as a user of the given type."""
        ...

    async def status(self, module: str, job_id: str) -> PortalInviteJob:
        """Return how far the invitations of a job have come. Raises NotFound."""
        ...
