"""Invitations of records, such as contacts, to a portal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
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


class PortalInvites(
    Resource, scope="ZohoCRM.settings.clientportal", key="portal_invite", since="v3"
):
    """Invitations to a portal (Zoho's manual: Portal Users, invite)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/portal_invite",
        body="invitations",
        each="invitations",
        adapt="invitations",
    )
    def create(self, module: str, invitations: Sequence[PortalInvitation]) -> BatchResult:
        """Invite records in the background.

        The only outcome is that of the job. Pass its `details["job_id"]` to `status`.

        Args:
            module: API name of the module, such as `Leads`.
            invitations: Invitations to create, each with the `id` of a record, `user_type_id`,
                `type` (invite or reinvite) and `language`. At most 100.
        """
        ...

    @operation("POST", "/crm/{version}/{module}/{record}/actions/portal_invite")
    def create_one(
        self,
        module: str,
        record: str,
        *,
        user_type_id: str,
        type: Literal["invite", "reinvite"] = "invite",
        language: PortalLanguage | None = None,
    ) -> Outcome:
        """Invite one record as a portal user.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            user_type_id: Id of the portal user type.
            type: Whether this is the first invitation or a repeated one.
            language: Language of the e-mail.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/actions/portal_invite")
    def status(self, module: str, job_id: str) -> PortalInviteJob:
        """Return the progress of a job. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            job_id: Id of the job.
        """
        ...
