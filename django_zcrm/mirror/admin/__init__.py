"""The mirror in Django's admin; `MirrorAdmin` is for the admin of a project's own models."""

from __future__ import annotations

from .mirrors import MirrorStateAdmin
from .notifications import ChannelAdmin, NoticeAdmin
from .outbox import OutboxItemAdmin
from .records import MirrorAdmin, MirroredRecordAdmin

__all__ = [
    "ChannelAdmin",
    "MirrorAdmin",
    "MirrorStateAdmin",
    "MirroredRecordAdmin",
    "NoticeAdmin",
    "OutboxItemAdmin",
]
