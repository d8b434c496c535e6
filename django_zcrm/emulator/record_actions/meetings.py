"""Cancelling meetings (docs v8 cancel-meeting)."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.kinds import Flag
from django_zcrm.emulator.problems import Problem, success
from django_zcrm.emulator.record_actions.routing import routes
from django_zcrm.emulator.records.access import existing_record, find_module
from django_zcrm.emulator.records.deleting import delete
from django_zcrm.emulator.records.values import Place, stored_moment
from django_zcrm.emulator.records.writing import batch
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation


@routes.route(
    "POST",
    "/crm/{version}/Events/{event}/actions/cancel",
    scope=("ZohoCRM.modules.events.UPDATE", "ZohoCRM.modules.UPDATE"),
    versions=(2.1, 8),
)
def cancel_meeting(org: Organisation, call: Call, event: str) -> Answer:
    """Cancel a future meeting: it goes to the recycle bin."""
    events = find_module(org, call, "Events")
    record = existing_record(org, call, events, event)

    def cancel(body: Item, place: Place) -> Item:
        if body.get("send_cancelling_mail") is None:
            raise place.child("send_cancelling_mail").missing()
        spot = place.child("send_cancelling_mail")
        Flag().read(org, body["send_cancelling_mail"], spot)
        if record["End_DateTime"] < stored_moment(org.clock.now()):
            raise Problem(
                "CANNOT_PERFORM_ACTION",
                "a meeting that is over cannot be cancelled",
                details={"id": record["id"]},
            )
        delete(org, events, record, call.user.id)
        return success("Meeting cancelled successfully", {"id": record["id"]})

    return batch(call, cancel, limit=1)
