"""The app's name and label, and the registrations once all apps are loaded."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from . import checks


class ZCRMConfig(AppConfig):
    """The label names tables, permissions and check ids: it cannot change."""

    name = "django_zcrm"
    label = "zcrm"
    verbose_name = _("Zoho CRM")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks and the signal receivers, which need the models."""
        from .oauth import receivers  # it needs the models

        checks.register_all()
        receivers.connect_all()
