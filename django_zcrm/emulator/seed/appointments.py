"""Services that the demo company offers, and appointments for them.

Builds on the records that demo.py adds.
"""

from __future__ import annotations

from ..state import StoredRecord
from .seeder import Seeder


def add_appointments(seeder: Seeder, contacts: list[StoredRecord]) -> None:
    """Add services and appointments, one of which was rescheduled."""
    services = [
        seeder.add(
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
        seeder.add(
            "Appointments__s",
            number,
            6,
            Appointment_Name=f"{services[number % 2]['Service_Name']} {number + 1}",
            Appointment_For=contacts[number]["id"],
            Service_Name=services[number % 2]["id"],
            Appointment_Start_Time=seeder.moment(3 + number, 10),
            Appointment_End_Time=seeder.moment(3 + number, 12),
            Duration=120,
            Location="Client Address",
            Status="Scheduled",
            Reschedule_Count=int(number == 0),
        )
        for number in range(4)
    ]
    seeder.add(
        "Appointments_Rescheduled_History__s",
        0,
        4,
        Name=appointments[0]["Appointment_Name"],
        Appointment_Name=appointments[0]["id"],
        Rescheduled_From=seeder.moment(2, 10),
        Rescheduled_To=seeder.moment(3, 10),
        Rescheduled_Time=seeder.moment(-4, 9),
        Rescheduled_By=seeder.user(0).id,
        Reschedule_Reason="By Customer",
    )
