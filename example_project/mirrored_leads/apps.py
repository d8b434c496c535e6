"""The app's name, and the type of its keys."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MirroredLeadsConfig(AppConfig):
    """A separate app, since it has a table."""

    name = "example_project.mirrored_leads"
    verbose_name = _("Mirrored leads")
    default_auto_field = "django.db.models.BigAutoField"
