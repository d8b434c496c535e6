"""Leads: operations that only leads have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operation import operation
from ..readers import item, one
from ..results import Outcome, Record
from ..types import ApiNamed
from ..types.jobs import MassActionStatus
from ..types.records import ConversionOptions, Id
from . import Resource


class Leads(Resource):
    """Conversion of leads (Zoho's manual: Convert Lead, Mass Convert Leads)."""

    @operation(
        "POST",
        "/crm/{version}/Leads/{lead_id}/actions/convert",
        key="data",
        body="conversion",
        in_list=True,
        returns=one,
        adapt="convert",
        scopes=("ZohoCRM.modules.leads.CREATE",),
    )
    def convert(self, lead_id: str, conversion: dict[str, Any]) -> Outcome:
        """Turn a lead into a contact, an account and, if `Deals` is given, a deal.

        `conversion` is `{}` or Zoho's keys: overwrite, notify_lead_owner, notify_new_entity_owner,
        move_attachments_to, Accounts, Contacts, assign_to, Deals, carry_over_tags. The outcome's
        `details` name the new records. Raises Invalid, also for a lead that is already converted.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/Leads/{lead_id}/__conversion_options",
        key="__conversion_options",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.modules.leads.READ",),
    )
    def conversion_options(self, lead_id: str) -> ConversionOptions:
        """Return contacts, accounts and deals that match the lead. Raises NotFound if none do."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Leads/actions/mass_convert",
        beside=(
            "ids",
            "deals",
            "assign_to",
            "portal_user_type",
            "related_modules",
            "carry_over_tags",
            "move_attachments_to",
            "apply_assignment_threshold",
        ),
        rename={"deals": "Deals"},
        returns=one,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.mass_convert.leads.CREATE",),
    )
    def mass_convert(
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

    @operation(
        "GET",
        "/crm/{version}/Leads/actions/mass_convert",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.mass_convert.leads.READ",),
    )
    def mass_convert_status(self, job_id: str) -> MassActionStatus:
        """Return how far a mass conversion has come. Raises NotFound."""
        ...
