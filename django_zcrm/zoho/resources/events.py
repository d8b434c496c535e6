"""Events, which Zoho's pages call meetings: operations that only they have."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from . import Resource


class Events(Resource, key="data", since="v2.1"):
    """Meetings (Zoho's manual: Cancel Meetings). Their records are in `records`."""

    @operation(
        "POST",
        "/crm/{version}/Events/{event}/actions/cancel",
        within=("send_cancelling_mail",),
        scopes=("ZohoCRM.modules.events.UPDATE",),
    )
    def cancel(self, event: str, send_cancelling_mail: bool) -> Outcome:
        """Cancel a meeting.

        Args:
            event: Id of the meeting.
            send_cancelling_mail: Whether Zoho notifies the participants by e-mail.
        """
        ...
