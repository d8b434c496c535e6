"""Events, which Zoho's pages call meetings: operations that only they have."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.readers import one
from ..operations.results import Outcome
from . import Resource


class Events(Resource):
    """Meetings (Zoho's manual: Cancel Meetings). Their records are in `records`."""

    @operation(
        "POST",
        "/crm/{version}/Events/{event}/actions/cancel",
        key="data",
        within=("send_cancelling_mail",),
        returns=one,
        since="v2.1",
        scopes=("ZohoCRM.modules.events.UPDATE",),
    )
    def cancel(self, event: str, send_cancelling_mail: bool) -> Outcome:
        """Cancel a meeting.

        Args:
            event: Id of the meeting.
            send_cancelling_mail: Whether Zoho notifies the participants by e-mail.
        """
        ...
