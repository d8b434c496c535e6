"""Single-object preferences: appointments, services, calls (docs v8 *-preferences)."""

from __future__ import annotations

from django_zcrm.emulator.generic.kinds import Flag, Listed, Shape, one_of, shape
from django_zcrm.emulator.generic.register import SETTINGS, singleton
from django_zcrm.emulator.generic.resource import says

APPOINTMENT_PREFERENCES = singleton(
    "/settings/appointment_preferences",
    scope="ZohoCRM.org",
    since=3,
    says=says("Appointments preferences {done} successfully"),
    keys={
        "show_job_sheet": Flag(),
        "when_duration_exceeds": one_of("mark_as_complete", "ask_appointment_provider_to_complete"),
        "when_appointment_completed": one_of("do_not_create_deal", "create_deal"),
        "allow_booking_outside_service_availability": Flag(),
        "allow_booking_outside_businesshours": Flag(),
        "deal_record_configuration": shape(
            layout=Shape(needed=True), field_mappings=Listed(needed=True)
        ),
    },
    always=lambda org: [
        {
            "show_job_sheet": True,
            "when_duration_exceeds": "ask_appointment_provider_to_complete",
            "when_appointment_completed": "do_not_create_deal",
            "allow_booking_outside_service_availability": False,
            "allow_booking_outside_businesshours": True,
        }
    ],
)

SERVICE_PREFERENCES = singleton(
    "/settings/service_preferences",
    scope=f"{SETTINGS}.modules",
    since=3,
    says=says("Services preferences {done} successfully"),
    keys={"job_sheet_enabled": Flag(needed=True)},
    always=lambda org: [{"job_sheet_enabled": True}],
)

CALL_PREFERENCES = singleton(
    "/settings/call_preferences",
    scope=f"{SETTINGS}.modules",
    since=6,
    says=says("call preferences {done} successfully"),
    keys={"show_from_number": Flag(), "show_to_number": Flag()},
    always=lambda org: [{"show_from_number": True, "show_to_number": True}],
)
