"""Leads: what only leads can do."""

from __future__ import annotations

from typing import Any

from ..operation import operation
from ..results import Outcome, Record, item, one
from . import Resource


class Leads(Resource):
    """Conversion of leads (Zoho's manual: Convert Lead)."""

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
        """Turn a lead into a contact, an account and, with `Deals` given, a deal.

        `conversion` is `{}` or Zoho's keys: overwrite, notify_lead_owner, notify_new_entity_owner,
        move_attachments_to, Accounts, Contacts, assign_to, Deals, carry_over_tags. The outcome's
        `details` name what was made. Raises Invalid, also for a lead that is converted already.
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
    def conversion_options(self, lead_id: str) -> Record:
        """Return contacts, accounts and deals that match the lead. Raises NotFound for none."""
        ...
