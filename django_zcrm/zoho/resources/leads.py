"""Leads: operations that only leads have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.operation import operation
from ..operations.results import Outcome, RecordDict
from ..types import ApiNamed
from ..types.jobs import MassActionStatus
from ..types.records import ConversionOptions, Id
from . import Resource


class Leads(Resource, scope="ZohoCRM.modules.leads", key="data", since="v3"):
    """Conversion of leads (Zoho's manual: Convert Lead, Mass Convert Leads)."""

    @operation(
        "POST",
        "/crm/{version}/Leads/{lead_id}/actions/convert",
        body="conversion",
        in_list=True,
        adapt="convert",
        since="v2",
    )
    def convert(self, lead_id: str, conversion: dict[str, Any]) -> Outcome:
        """Turn a lead into a contact, an account and, on request, a deal.

        The outcome's `details` contain the ids of the new records. Raises Invalid, also for a lead
        that is already converted.

        Args:
            lead_id: Id of the lead.
            conversion: `{}`, or values by Zoho's key: `Accounts` and `Contacts` (existing records
                to merge the lead into), `Deals` (values of a deal to create, as for
                `mass_convert`), `overwrite`, `assign_to`, `notify_lead_owner`,
                `notify_new_entity_owner`, `carry_over_tags` and `move_attachments_to`.
        """
        ...

    @operation(
        "GET", "/crm/{version}/Leads/{lead_id}/__conversion_options", key="__conversion_options"
    )
    def conversion_options(self, lead_id: str) -> ConversionOptions:
        """Return the contacts, accounts and deals that match the lead. Raises NotFound if none do.

        Args:
            lead_id: Id of the lead.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/Leads/actions/mass_convert",
        top_level=(
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
        adapt="by_id",
        scopes=("ZohoCRM.mass_convert.leads.CREATE",),
        key="",
    )
    def mass_convert(
        self,
        ids: Sequence[str],
        *,
        deals: RecordDict | None = None,
        assign_to: str | Id | None = None,
        portal_user_type: str | Id | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
        carry_over_tags: Sequence[ApiNamed] | None = None,
        move_attachments_to: ApiNamed | None = None,
        apply_assignment_threshold: bool | None = None,
    ) -> Outcome:
        """Convert leads in the background; the id of the job is `details["job_id"]`.

        Args:
            ids: Ids of the leads, at most 50.
            deals: Values of the deal to create for each lead, by API name: `Deal_Name`,
                `Closing_Date`, `Stage` and, if pipelines are enabled, `Pipeline` are required.
                Without it, no deals are created.
            assign_to: Id of the user who will own the new records.
            portal_user_type: Id of the portal user type for the new contacts.
            related_modules: Modules, by API name and id, such as `Tasks`: their related records get
                the new owner too.
            carry_over_tags: Modules, by API name and id, whose new records get the tags of the
                lead.
            move_attachments_to: Module, by API name and id, whose new record gets the attachments
                of the lead.
            apply_assignment_threshold: Whether the assignment thresholds of users apply.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/Leads/actions/mass_convert",
        scopes=("ZohoCRM.mass_convert.leads.READ",),
    )
    def mass_convert_status(self, job_id: str) -> MassActionStatus:
        """Return the progress of a mass conversion. Raises NotFound.

        Args:
            job_id: Id of the job.
        """
        ...
