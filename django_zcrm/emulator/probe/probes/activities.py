"""Meetings and calls, and the addresses of leads."""

from __future__ import annotations

from typing import Any

from ..answers import Answer, Unknown
from ..lab import Lab
from ..registry import probe


def _value(lab: Lab, module: str, record_id: str, field: str) -> Any:
    row = lab.ask("GET", f"{module}/{record_id}").check().rows[0]
    if field not in row:
        raise Unknown("the organisation does not have the field")
    return row[field]


def _call(lab: Lab, **values: Any) -> Answer:
    return lab.write("Calls", {"Call_Type": "Outbound", **values})


@probe("records.call-status")
def read_call_status(lab: Lab) -> str:
    """Read the status of a call that was made."""
    call = _call(lab, Call_Start_Time="2020-03-04T10:00:00Z", Call_Duration="00:10").check().id
    return "derived" if _value(lab, "Calls", call, "Call_Status") else "empty"


@probe("records.call-without-duration")
def omit_duration(lab: Lab) -> str:
    """Plan a call without a duration."""
    return _call(lab, Call_Start_Time="2030-03-04T10:00:00Z").either("taken", "refused")


@probe("records.coordinates")
def read_coordinates(lab: Lab) -> str:
    """Read the coordinates of a lead that has a latitude and a longitude."""
    lead = lab.make("Leads", Latitude=52.5, Longitude=13.25)
    return "joined" if _value(lab, "Leads", lead, "Coordinates") else "empty"


@probe("records.participants-type")
def read_participants_type(lab: Lab) -> str:
    """Read the type of the participants of a meeting."""
    fields = lab.ask("GET", "settings/fields", params={"module": "Events"}).check().rows
    types = [row.get("data_type") for row in fields if row.get("api_name") == "Participants"]
    if not types:
        raise Unknown("the organisation does not have the field")
    return "bigint" if types[0] == "bigint" else "own"


@probe("records.reminders")
def write_one_reminder(lab: Lab) -> str:
    """Write the reminder of a meeting as an object."""
    day = "2030-03-04T"
    answer = lab.write(
        "Events",
        {
            "Start_DateTime": f"{day}10:00:00Z",
            "End_DateTime": f"{day}11:00:00Z",
            "Remind_At": {"unit": 1, "period": "hours"},
        },
    )
    return answer.either("any", "list")
