"""Services are booked."""

from __future__ import annotations

from .api import Api


def test_services_are_booked(v8: Api) -> None:
    service = v8.create(
        "Services__s",
        Service_Name="Repair",
        Duration=60,
        Location="Both",
        Availability_Type="Every day",
    )
    appointment = v8.create(
        "Appointments__s",
        Appointment_Name="Repair",
        Service_Name={"id": service},
        Appointment_For={"id": v8.first_id("Contacts"), "module": {"api_name": "Contacts"}},
        Appointment_Start_Time="2090-01-01T10:00:00+00:00",
    )
    assert v8.record("Appointments__s", appointment)["Status"] == "Scheduled"
    v8.put(f"Appointments__s/{appointment}", {"data": [{"Status": "Completed"}]})
    assert v8.record("Appointments__s", appointment)["Status"] == "Completed"
    assert v8.delete(f"Services__s/{service}").status_code == 200
    assert v8.rows("Appointments_Rescheduled_History__s")
