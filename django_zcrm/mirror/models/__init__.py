"""The mirror's models, and the base of a project's own."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

if not apps.is_installed("django_zcrm.mirror"):
    # Django would take these for models of the app that holds this package.
    raise ImproperlyConfigured(
        "Mirrored models need 'django_zcrm.mirror' in settings.INSTALLED_APPS."
    )

from .base import MirrorModel
from .metadata import ModuleMetadata
from .mirror_state import MirrorState
from .notifications import Channel, Notice
from .outbox import OutboxItem, OutboxQuerySet
from .querysets import MirroredRowQuerySet
from .records import MirroredRecord, PendingRelation
from .rows import MirroredRow, RecordState
from .unstored import UnstoredRecord
from .upkeep import Upkeep
from .wakeups import Wakeup

__all__ = [
    "Channel",
    "MirrorModel",
    "MirrorState",
    "MirroredRecord",
    "MirroredRow",
    "MirroredRowQuerySet",
    "ModuleMetadata",
    "Notice",
    "OutboxItem",
    "OutboxQuerySet",
    "PendingRelation",
    "RecordState",
    "UnstoredRecord",
    "Upkeep",
    "Wakeup",
]
