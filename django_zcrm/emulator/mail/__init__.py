"""Emails of records: sent, received, drafted, linked, shared, blocked.

Importing the package registers its operations in `routes`.
"""

from __future__ import annotations

from django_zcrm.emulator.mail import blocking, drafts, emails, files, linking, sending, sharing
from django_zcrm.emulator.mail.routing import routes

__all__ = [
    "blocking",
    "drafts",
    "emails",
    "files",
    "linking",
    "routes",
    "sending",
    "sharing",
]
