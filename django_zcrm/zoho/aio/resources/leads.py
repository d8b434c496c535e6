"""Leads: operations that only leads have.

Written by tools/write_resources.py from zoho/resources/leads.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...results import Outcome, Record
from ...types import ApiNamed
from ...types.jobs import MassActionStatus
from ...types.records import ConversionOptions, Id


class Leads:
    """Conversion of leads (Zoho's manual: Convert Lead, Mass Convert Leads)."""

    async def convert(self, lead_id: str, conversion: dict[str, Any]) -> Outcome:
        """Turn a lead into a contact, an account and, if `Deals` is given, a deal.

        `conversion` is `{}` or Zoho's keys: overwrite, notify_lead_owner, notify_new_entity_owner,
        move_attachments_to, Accounts, Contacts, assign_to, Deals, carry_over_tags. The outcome's
        `details` name the new records. Raises Invalid, also for a lead that is already converted.
        """
        ...

    async def conversion_options(self, lead_id: str) -> ConversionOptions:
        """Return contacts, accounts and deals that match the lead. Raises NotFound if none do."""
        ...

    async def mass_convert(
        self,
        ids: Sequence[str],
        *,
        deals: Record | None = None,
        assign_to: str | Id | None = None,
        portal_user_type: str | Id | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
        carry_over_tags: Sequence[ApiNamed] | None = None,
        move_attachments_to: ApiNamed | None = None,
        apply_assignment_threshold: bool | None = None,
    ) -> Outcome:
        """Convert at most 50 leads in the background: the job is `details["job_id"]`."""
        ...

    async def mass_convert_status(self, job_id: str) -> MassActionStatus:
        """Return how far a mass conversion has come. Raises NotFound."""
        ...
