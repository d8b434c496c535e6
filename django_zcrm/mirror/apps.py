"""The mirror's name and label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..health.sections import HealthSection
    from ..management.declared import Declared


class MirrorConfig(AppConfig):
    """The label names tables, permissions and check ids: it cannot change."""

    name = "django_zcrm.mirror"
    label = "zcrm_mirror"
    verbose_name = _("Zoho CRM mirror")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect receivers; register checks, the health section and the encrypted column."""
        from ..health import sections
        from ..management import declared
        from ..tokens.columns import SECRETS
        from . import checks, receivers  # models have to be loaded first
        from .models import Channel
        from .push import capture

        SECRETS[Channel] = ("encrypted_token",)
        capture.connect()
        receivers.connect()
        checks.register_all()
        sections.register("mirror", _section)
        declared.register("mirror", _declared)


def _section() -> HealthSection:
    from .health import section  # few processes show it

    return section()


def _declared() -> Iterator[Declared]:
    from .drift import declared  # which only a command needs

    return declared()
