"""The records part of the CRM API: everything that reads or changes records.

Importing the package registers its operations in `routes`.
"""

from __future__ import annotations

from django_zcrm.emulator.records import (
    attachments,
    conversion,
    copying,
    deleting,
    listing,
    notes,
    related,
    searching,
    tag_operations,
    uploads,
    writing,
)
from django_zcrm.emulator.records.routing import routes

__all__ = [
    "attachments",
    "conversion",
    "copying",
    "deleting",
    "listing",
    "notes",
    "related",
    "routes",
    "searching",
    "tag_operations",
    "uploads",
    "writing",
]
