"""The mirror's name and label."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MirrorConfig(AppConfig):
    """The label names tables, permissions and check ids: it cannot change."""

    name = "django_zcrm.mirror"
    label = "zcrm_mirror"
    verbose_name = _("Zoho CRM mirror")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have what is deleted noted for Zoho, and connections that change hands followed."""
        from . import receivers  # models have to be loaded first
        from .push import capture

        capture.connect()
        receivers.connect()
