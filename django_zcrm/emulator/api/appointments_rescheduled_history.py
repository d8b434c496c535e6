"""When appointments were moved: records of a module that `records` serves.

Its fields: `metadata/definitions/services.py`.
"""

from __future__ import annotations

MODULE = "Appointments_Rescheduled_History__s"
