"""Everything in the CRM API that reads or changes records.

Importing the package registers its operations in `routes`.
"""

from __future__ import annotations

from django_zcrm.emulator.records import (
    attachments,
    blueprint,
    contact_roles,
    conversion,
    copying,
    deleting,
    listing,
    mass,
    notes,
    ownership,
    recycle_bin,
    related,
    searching,
    tag_operations,
    timeline,
    uploads,
    writing,
)
from django_zcrm.emulator.records.routing import routes

__all__ = [
    "attachments",
    "blueprint",
    "contact_roles",
    "conversion",
    "copying",
    "deleting",
    "listing",
    "mass",
    "notes",
    "ownership",
    "recycle_bin",
    "related",
    "routes",
    "searching",
    "tag_operations",
    "timeline",
    "uploads",
    "writing",
]
