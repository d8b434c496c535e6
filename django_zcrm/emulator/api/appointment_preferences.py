"""Preferences for appointments."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import keys, messages_from, singleton

routes = Routes()

APPOINTMENT_PREFERENCES = singleton(
    routes,
    "/settings/appointment_preferences",
    scope="ZohoCRM.org",
    since=3,
    messages=messages_from("Appointments preferences {verb} successfully"),
    keys={
        "show_job_sheet": keys.Flag(),
        "when_duration_exceeds": keys.one_of(
            "mark_as_complete", "ask_appointment_provider_to_complete"
        ),
        "when_appointment_completed": keys.one_of("do_not_create_deal", "create_deal"),
        "allow_booking_outside_service_availability": keys.Flag(),
        "allow_booking_outside_businesshours": keys.Flag(),
        "deal_record_configuration": keys.shape(
            layout=keys.JSONObject(required=True), field_mappings=keys.ListOf(required=True)
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
