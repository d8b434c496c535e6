"""The mirror's name and label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..health.sections import HealthSection
    from ..management.declared import Declared
    from ..models import Connection
    from .mirror import Mirror
    from .models import MirrorModel


class MirrorConfig(AppConfig):
    """The label names tables, permissions and check ids: it cannot change."""

    name = "django_zcrm.mirror"
    label = "zcrm_mirror"
    verbose_name = _("Zoho CRM mirror")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect receivers; register checks, the health section and the encrypted column."""
        # Models, and everything that uses them, can be imported from now on.
        from ..clients import site
        from ..health import sections
        from ..management import declared
        from ..tokens.columns import SECRETS
        from . import checks, receivers, wake
        from .models import Channel, hooks
        from .outbox import bulk, capture, operations
        from .queues import queue_of

        SECRETS[Channel] = ("encrypted_token",)
        hooks.register(
            hooks.OutboxHooks(
                capture_changes=capture.capture_changes,
                push=bulk.push,
                retry=operations.retry,
                discard=operations.discard,
            )
        )
        wake.register(queue_of)
        site.register_mirror(_make_mirror)
        capture.connect()
        receivers.connect()
        checks.register_all()
        sections.register("mirror", _section)
        declared.register("mirror", _list_declared)


def _section() -> HealthSection:
    from .health import section  # few processes show it

    return section()


def _make_mirror(model: type[MirrorModel] | str, connection: Connection) -> Mirror:
    from .mirror import Mirror  # few processes use it

    return Mirror(model, connection)


def _list_declared() -> Iterator[Declared]:
    from .drift import list_declared  # which only a command needs

    return list_declared()
