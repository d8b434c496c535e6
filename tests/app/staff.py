"""Staff members of a site who may do only some things."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from django.test import Client


def staff_browser(*permissions: str, name: str = "clerk") -> Client:
    """The browser of a new staff member with just these permissions."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(user)
    return browser
