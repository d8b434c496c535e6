"""Preferences for appointments."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import singleton
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import Flag, JSONObject, ListOf, one_of, shape

routes = Routes()

APPOINTMENT_PREFERENCES = singleton(
    routes,
    "/settings/appointment_preferences",
    scope="ZohoCRM.org",
    since=3,
    messages=messages_from("Appointments preferences {done} successfully"),
    keys={
        "show_job_sheet": Flag(),
        "when_duration_exceeds": one_of("mark_as_complete", "ask_appointment_provider_to_complete"),
        "when_appointment_completed": one_of("do_not_create_deal", "create_deal"),
        "allow_booking_outside_service_availability": Flag(),
        "allow_booking_outside_businesshours": Flag(),
        "deal_record_configuration": shape(
            layout=JSONObject(required=True), field_mappings=ListOf(required=True)
        ),
    },
    default_items=lambda org: [
        {
            "show_job_sheet": True,
            "when_duration_exceeds": "ask_appointment_provider_to_complete",
            "when_appointment_completed": "do_not_create_deal",
            "allow_booking_outside_service_availability": False,
            "allow_booking_outside_businesshours": True,
        }
    ],
)
