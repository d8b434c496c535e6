"""Pages of the mirror in the admin, and who opens them."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse


def page(name: str, *args: object) -> str:
    """Return the URL of a page of the mirror."""
    return reverse(f"admin:zcrm_mirror_{name}", args=args)


def staff(client: Client, *permissions: str) -> Client:
    """Log a member of staff in who has some permissions."""
    user = User.objects.create_user("carol", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client
