"""Tasks, Events and Calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...guesses import behaves
from ...state import Field
from .. import field_types as f
from ..define import define_module
from .choices import PRIORITIES

#: Modules that an activity can be about.
_ABOUT = (
    "Accounts",
    "Deals",
    "Campaigns",
    "Products",
    "Vendors",
    "Quotes",
    "Sales_Orders",
    "Purchase_Orders",
    "Invoices",
    "Cases",
    "Solutions",
    "Projects",
    "Leads",
)


def _relations() -> tuple[Field, ...]:
    return (
        # A lead is refused, it belongs in What_Id (seen by users of Zoho).
        f.multi_module_lookup("Who_Id", "Contacts", label="Contact Name"),
        f.multi_module_lookup("What_Id", *_ABOUT, label="Related To"),
    )


def _seconds(call: Mapping[str, Any]) -> int | None:
    minutes, _, seconds = (call.get("Call_Duration") or "").partition(":")
    if not minutes.isdecimal() or (seconds and not seconds.isdecimal()):
        return None
    return int(minutes) * 60 + int(seconds or 0)


def _call_status(call: Mapping[str, Any]) -> str | None:
    """Return the status of a call (the values that were recorded in v2)."""
    if behaves("records.call-status", "empty"):
        return None
    if call["Call_Start_Time"] > call["Modified_Time"]:
        return "Scheduled"
    if call.get("Call_Type") == "Outbound":
        return "Attended Dialled" if _seconds(call) else "Unattended Dialled"
    return {"Inbound": "Received", "Missed": "Missed"}.get(call.get("Call_Type") or "")


def _check_in() -> tuple[Field, ...]:
    """Make the fields of a user's location at a meeting."""
    options: dict[str, Any] = {"read_only": True, "mass_update": False}
    return (
        f.datetime("Check_In_Time", **options),
        f.make("Check_In_By", "userlookup", length=120, **options),
        f.textarea("Check_In_Comment", large=False, **options),
        *(
            f.text(name, **options)
            for name in (
                "Check_In_Sub_Locality",
                "Check_In_City",
                "Check_In_State",
                "Check_In_Country",
                "Check_In_Address",
                "ZIP_Code",
            )
        ),
        f.double("Latitude", decimal_place=7, **options),
        f.double("Longitude", decimal_place=7, **options),
        f.picklist("Check_In_Status", "PLANNED", "CHECKED_IN", default="PLANNED", **options),
    )


TASKS = define_module(
    "Tasks",
    "Task",
    "Subject",
    {
        "Task Information": (
            f.text("Subject", mandatory=True, quick_create=True),
            f.date("Due_Date", quick_create=True),
            *_relations(),
            f.picklist(
                "Status",
                "Not Started",
                "Deferred",
                "In Progress",
                "Completed",
                "Waiting on someone else",
                default="Not Started",
            ),
            f.picklist("Priority", *PRIORITIES, default="Normal"),
            f.boolean("Send_Notification_Email"),
            f.make("Remind_At", "ALARM", "Reminder", length=120),
            f.make("Recurring_Activity", "RRULE", "Repeat", length=120),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.datetime("Closed_Time", read_only=True),
        f.multiselect("BEST_TIME", label="Best Time", default=(), read_only=True),
    ),
    columns=("Subject", "Due_Date", "Status", "Priority", "What_Id", "Who_Id", "Owner"),
    activity=True,
)

EVENTS = define_module(
    "Events",
    "Meeting",
    "Event_Title",
    {
        "Meeting Information": (
            f.text("Event_Title", "Title", mandatory=True, quick_create=True),
            f.text("Venue", "Location"),
            f.boolean("All_day", "All day"),
            f.datetime("Start_DateTime", "From", mandatory=True, quick_create=True),
            f.datetime("End_DateTime", "To", mandatory=True, quick_create=True),
            *_relations(),
            f.make("Participants", "participants", length=120, mass_update=False),
            f.make("Remind_At", "multireminder", "Reminder", length=120),
            f.make("Recurring_Activity", "RRULE", "Repeat", length=120),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=_check_in(),
    columns=("Event_Title", "Start_DateTime", "End_DateTime", "What_Id", "Who_Id", "Owner"),
    plural="Meetings",
    activity=True,
)

CALLS = define_module(
    "Calls",
    "Call",
    "Subject",
    {
        "Call Information": (
            f.text("Subject", mandatory=True, quick_create=True),
            f.picklist("Call_Type", "Outbound", "Inbound", "Missed", mandatory=True),
            f.datetime("Call_Start_Time", mandatory=True),
            f.text("Call_Duration", length=120, mandatory=True),
            f.derived("Call_Duration_in_seconds", _seconds, "integer", length=9),
            *_relations(),
            f.picklist(
                "Call_Purpose",
                "-None-",
                "Prospecting",
                "Administrative",
                "Negotiation",
                "Demo",
                "Project",
                "Desk",
            ),
            f.picklist(
                "Call_Status",
                "Received",
                "Missed",
                "Attended Dialled",
                "Unattended Dialled",
                "Scheduled",
                formula=_call_status,
                read_only=True,
            ),
            # A picklist whose values are moments (Airbyte's source).
            f.picklist("Reminder", "None", "At time of call", "15 minutes before"),
            f.phone("Caller_ID", "Caller ID"),
            f.phone("Dialled_Number"),
            f.text("Call_Agenda"),
            f.textarea("Call_Result", large=False),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    columns=("Subject", "Call_Type", "Call_Start_Time", "Call_Duration", "What_Id", "Owner"),
    activity=True,
)
