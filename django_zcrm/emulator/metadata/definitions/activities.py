"""Tasks, Events and Calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_zcrm.emulator.metadata import field_types as f
from django_zcrm.emulator.metadata.define import module
from django_zcrm.emulator.metadata.definitions.choices import PRIORITIES
from django_zcrm.emulator.state.field import Field

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


TASKS = module(
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
            f.make("Remind_At", "event_reminder", "Reminder", length=120),
            f.make("Recurring_Activity", "RRULE", "Repeat", length=120),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(f.datetime("Closed_Time", read_only=True),),
    columns=("Subject", "Due_Date", "Status", "Priority", "What_Id", "Who_Id", "Owner"),
    activity=True,
)

EVENTS = module(
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
            f.make("Remind_At", "event_reminder", "Reminder", length=120),
            f.make("Recurring_Activity", "RRULE", "Repeat", length=120),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    columns=("Event_Title", "Start_DateTime", "End_DateTime", "What_Id", "Who_Id", "Owner"),
    plural="Meetings",
    activity=True,
)

CALLS = module(
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
            f.picklist("Call_Status", "-None-", "Scheduled", "Completed", "Overdue", "Cancelled"),
            f.text("Call_Agenda"),
            f.textarea("Call_Result", large=False),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    columns=("Subject", "Call_Type", "Call_Start_Time", "Call_Duration", "What_Id", "Owner"),
    activity=True,
)
