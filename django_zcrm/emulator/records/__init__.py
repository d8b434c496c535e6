"""The records part of the CRM API: everything that reads or changes records.

Importing the package registers its operations in `routes`.
"""

from __future__ import annotations

from django_zcrm.emulator.records import deleting, listing, writing
from django_zcrm.emulator.records.routing import routes

__all__ = ["deleting", "listing", "routes", "writing"]
