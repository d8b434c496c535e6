"""The mirror's models, and the base of a project's own."""

from __future__ import annotations

from .base import MirrorModel
from .notifications import Channel, Notice
from .outbox import OutboxItem, OutboxQuerySet
from .rows import (
    MirroredRecord,
    MirroredRow,
    MirroredRowQuerySet,
    PendingRelation,
    RecordState,
)
from .state import MirrorState

__all__ = [
    "Channel",
    "MirrorModel",
    "MirrorState",
    "MirroredRecord",
    "MirroredRow",
    "MirroredRowQuerySet",
    "Notice",
    "OutboxItem",
    "OutboxQuerySet",
    "PendingRelation",
    "RecordState",
]
