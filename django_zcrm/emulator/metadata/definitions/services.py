"""Services that can be booked, and the appointments for them."""

from __future__ import annotations

from .. import field_types as f
from ..define import define_module

SERVICES = define_module(
    "Services__s",
    "Service",
    "Service_Name",
    {
        "Service Information": (
            f.text("Service_Name", length=120, mandatory=True, quick_create=True),
            f.integer("Duration", mandatory=True),
            f.currency("Price"),
            f.picklist("Status", "Active", "Inactive", default="Active"),
            f.picklist("Location", "Client Address", "Business Address", "Both", mandatory=True),
            f.boolean("Job_Sheet_Required"),
        ),
        "Availability": (
            f.picklist(
                "Availability_Type",
                "Every business day",
                "Every day",
                "Specific day(s)",
                "Specific date(s)",
                mandatory=True,
            ),
            f.multiselect(
                "Available_Days",
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ),
            f.date("Available_From"),
            f.date("Available_Till"),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    plural="Services",
    columns=("Service_Name", "Duration", "Price", "Status", "Owner"),
    duplicate_check_field="Service_Name",
    has_photo=True,
)

APPOINTMENTS = define_module(
    "Appointments__s",
    "Appointment",
    "Appointment_Name",
    {
        "Appointment Information": (
            f.text("Appointment_Name", length=120),
            f.multi_module_lookup(
                "Appointment_For", "Leads", "Contacts", "Accounts", "Deals", mandatory=True
            ),
            f.lookup(
                "Service_Name",
                "Services__s",
                related_list="Appointments__s",
                mandatory=True,
            ),
            f.datetime("Appointment_Start_Time", mandatory=True),
            f.datetime("Appointment_End_Time"),
            f.integer("Duration"),
            f.picklist("Location", "Client Address", "Business Address"),
            f.picklist(
                "Status", "Scheduled", "Completed", "Cancelled", "Overdue", default="Scheduled"
            ),
            f.textarea("Address", large=False),
            f.textarea("Additional_Information", large=False),
            f.datetime("Remind_At"),
        ),
        "Job Sheet": (
            f.text("Job_Sheet_Name__s", length=120),
            f.textarea("Job_Sheet_Description__s", large=False),
            f.boolean("Job_Sheet_Created__s"),
        ),
        "Cancellation": (
            f.picklist("Cancellation_Reason", "By Customer", "By Business", "Others"),
            f.textarea("Cancellation_Note", large=False),
            f.datetime("Cancelled_Time"),
            f.make("Cancelled_By", "userlookup", length=120),
        ),
        "Rescheduling": (
            f.picklist("Reschedule_Reason", "By Customer", "By Business", "Others"),
            f.textarea("Reschedule_Note", large=False),
            f.datetime("Rescheduled_From"),
            f.datetime("Rescheduled_To"),
            f.datetime("Rescheduled_Time"),
            f.make("Rescheduled_By", "userlookup", length=120),
            f.integer("Reschedule_Count", default=0),
        ),
    },
    plural="Appointments",
    columns=("Appointment_Name", "Service_Name", "Appointment_Start_Time", "Status", "Owner"),
)

RESCHEDULED_HISTORY = define_module(
    "Appointments_Rescheduled_History__s",
    "Appointment Rescheduled History",
    "Name",
    {
        "Rescheduling": (
            f.text("Name", length=120),
            f.lookup(
                "Appointment_Name",
                "Appointments__s",
                related_list="Appointments_Rescheduled_History__s",
                mandatory=True,
            ),
            f.datetime("Rescheduled_From", mandatory=True),
            f.datetime("Rescheduled_To", mandatory=True),
            f.datetime("Rescheduled_Time"),
            f.make("Rescheduled_By", "userlookup", length=120),
            f.picklist("Reschedule_Reason", "By Customer", "By Business", "Others"),
            f.textarea("Reschedule_Note", large=False),
        ),
    },
    plural="Appointments Rescheduled History",
    columns=("Name", "Appointment_Name", "Rescheduled_From", "Rescheduled_To"),
    documents=False,
)
