"""Events, which Zoho's pages call meetings: what only they can do."""

from __future__ import annotations

from ..operation import operation
from ..results import Outcome, one
from . import Resource


class Events(Resource):
    """Meetings (Zoho's manual: Cancel Meetings). Their records are `records` of Events."""

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
        """Cancel a meeting by its id, and tell those invited or not."""
        ...
