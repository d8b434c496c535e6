"""Cancelling meetings (docs v8 cancel-meeting)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import existing_record, find_module
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.deleting import delete
from django_zcrm.emulator.engine.settings.value_types import Flag
from django_zcrm.emulator.engine.values import JSONPath, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


@routes.route(
    "POST",
    "/crm/{version}/Events/{event}/actions/cancel",
    scope=("ZohoCRM.modules.events.UPDATE", "ZohoCRM.modules.UPDATE"),
    versions=(2.1, 8),
)
def cancel_meeting(org: Organisation, request: Request, event: str) -> Response:
    """Cancel a future meeting: it goes to the recycle bin."""
    events = find_module(org, request, "Events")
    record = existing_record(org, request, events, event)

    def cancel(body: Item, path: JSONPath) -> Item:
        if body.get("send_cancelling_mail") is None:
            raise path.child("send_cancelling_mail").missing()
        child = path.child("send_cancelling_mail")
        Flag().read(org, body["send_cancelling_mail"], child)
        if record["End_DateTime"] < stored_moment(org.clock.now()):
            raise Problem(
                "CANNOT_PERFORM_ACTION",
                "a meeting that is over cannot be cancelled",
                details={"id": record["id"]},
            )
        delete(org, events, record, request.user.id)
        return success("Meeting cancelled successfully", {"id": record["id"]})

    return batch(request, cancel, limit=1)
