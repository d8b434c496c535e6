"""Events, which Zoho's pages call meetings: operations that only they have."""

from __future__ import annotations

from ..operation import operation
from ..readers import one
from ..results import Outcome
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
        """Cancel a meeting by its id, with or without an e-mail to those invited."""
        ...
