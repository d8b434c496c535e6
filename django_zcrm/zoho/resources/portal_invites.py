"""Invitations of records, such as contacts, to a portal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one
from ..results import BatchResult, Outcome
from ..types.jobs import PortalInvitation, PortalInviteJob
from . import Resource

PortalLanguage = Literal[
    "",
    "ar_EG",
    "bg_BG",
    "cs_CZ",
    "da_DK",
    "de_DE",
    "en_GB",
    "en_US",
    "es_ES",
    "fr_FR",
    "hi_IN",
    "hr_HR",
    "hu_HU",
    "in_ID",
    "it_IT",
    "iw_IL",
    "ja_JP",
    "ko_KR",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "pt_PT",
    "ru_RU",
    "sv_SE",
    "th_TH",
    "tr_TR",
    "vi_VN",
    "zh_CN",
    "zh_TW",
]


class PortalInvites(Resource):
    """Invitations to a portal (Zoho's manual: Portal Users, invite)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/portal_invite",
        key="portal_invite",
        body="invitations",
        each="invitations",
        returns=batch,
        adapt="invitations",
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.CREATE",),
    )
    def create(self, module: str, invitations: Sequence[PortalInvitation]) -> BatchResult:
        """Invite at most 100 records in the background.

        The only outcome is the job's: `details["job_id"]` is what `status` takes.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record}/actions/portal_invite",
        key="portal_invite",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.CREATE",),
    )
    def create_one(
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

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/portal_invite",
        key="portal_invite",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.clientportal.READ",),
    )
    def status(self, module: str, job_id: str) -> PortalInviteJob:
        """Return how far the invitations of a job have come. Raises NotFound."""
        ...
