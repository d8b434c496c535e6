"""Users' connections with leads, and which of the leads a user sees."""

from __future__ import annotations

from django.contrib.auth.models import User

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead


def names(user: User) -> list[str]:
    return sorted(Lead.objects.for_user(user).values_list("name", flat=True))


def fill(zoho: SiteEmulator, user: User, *leads: str) -> Connection:
    """A user's connection, with these leads in Zoho and here."""
    connection = zoho.connect(user)
    for name in leads:
        zoho.create("Leads", Last_Name=name, Company="Acme")
    Mirror(Lead, connection).sync()
    Mirror("Tasks", connection).sync()
    return connection
