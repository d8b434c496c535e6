"""Services that the demo company offers, and bookings of them.

Builds on the records that demo.py planted.
"""

from __future__ import annotations

from django_zcrm.emulator.seed.seeder import Seeder
from django_zcrm.emulator.state.store import Record


def plant_appointments(planter: Seeder, contacts: list[Record]) -> None:
    """Plant services and appointments, one of which was rescheduled."""
    services = [
        planter.add(
            "Services__s",
            number,
            120,
            Service_Name=name,
            Duration=minutes,
            Price=price,
            Status="Active",
            Location="Both",
            Job_Sheet_Required=False,
            Availability_Type="Every business day",
        )
        for number, (name, minutes, price) in enumerate(
            (("Installation", 120, 240.0), ("Training", 90, 180.0))
        )
    ]
    appointments = [
        planter.add(
            "Appointments__s",
            number,
            6,
            Appointment_Name=f"{services[number % 2]['Service_Name']} {number + 1}",
            Appointment_For=contacts[number]["id"],
            Service_Name=services[number % 2]["id"],
            Appointment_Start_Time=planter.moment(3 + number, 10),
            Appointment_End_Time=planter.moment(3 + number, 12),
            Duration=120,
            Location="Client Address",
            Status="Scheduled",
            Reschedule_Count=int(number == 0),
        )
        for number in range(4)
    ]
    planter.add(
        "Appointments_Rescheduled_History__s",
        0,
        4,
        Name=appointments[0]["Appointment_Name"],
        Appointment_Name=appointments[0]["id"],
        Rescheduled_From=planter.moment(2, 10),
        Rescheduled_To=planter.moment(3, 10),
        Rescheduled_Time=planter.moment(-4, 9),
        Rescheduled_By=planter.user(0).id,
        Reschedule_Reason="By Customer",
    )
