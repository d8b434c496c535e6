"""Cancelling meetings (docs v8 cancel-meeting)."""

from __future__ import annotations

from ..core import Refusal, Request, Response, Routes, success
from ..engine.access import find_module, require_record
from ..engine.batch import batch
from ..engine.deleting import delete
from ..engine.settings import keys
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation

routes = Routes(versions=(2.1, 8))


@routes.route(
    "POST",
    "/crm/{version}/Events/{event}/actions/cancel",
    scope=("ZohoCRM.modules.events.UPDATE", "ZohoCRM.modules.UPDATE"),
)
def cancel_meeting(org: Organisation, request: Request, event: str) -> Response:
    """Cancel a future meeting: it goes to the recycle bin."""
    events = find_module(org, request, "Events")
    record = require_record(org, request, events, event)

    def cancel(body: Item, path: JSONPath) -> Item:
        if body.get("send_cancelling_mail") is None:
            raise path.child("send_cancelling_mail").missing()
        child = path.child("send_cancelling_mail")
        keys.Flag().read(org, body["send_cancelling_mail"], child)
        if record["End_DateTime"] < format_moment(org.clock.now()):
            raise Refusal(
                "CANNOT_PERFORM_ACTION",
                "a meeting that is over cannot be cancelled",
                details={"id": record["id"]},
            )
        delete(org, events, record, request.user.id)
        return success("Meeting cancelled successfully", {"id": record["id"]})

    return batch(request, cancel, limit=1)
