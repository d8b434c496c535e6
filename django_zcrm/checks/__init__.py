"""System checks of the settings and of the site; no network, the database only on request.

Ids are never reused; docs/reference/checks.md has a row for each.
"""

from __future__ import annotations

from django.core.checks import Tags, register

from .settings import check_settings
from .site import check_deployment, check_owner_column, check_processes, check_redirect_uri

__all__ = [
    "check_deployment",
    "check_owner_column",
    "check_processes",
    "check_redirect_uri",
    "check_settings",
    "register_all",
]


def register_all() -> None:
    """Register the checks with Django."""
    register(check_settings, "zcrm")
    register(check_redirect_uri, Tags.urls)
    register(check_deployment, Tags.security, deploy=True)
    register(check_owner_column, Tags.database)
    register(check_processes, "zcrm")
