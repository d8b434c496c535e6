"""Settings that are plain collections or single objects: declared as data, served by one engine."""

from __future__ import annotations

from .actions import get_job_param
from .errors import dependent_missing
from .fields import module_of, reference, require_field
from .item_collection import ItemCollection
from .register import SETTINGS, collection, singleton
from .rendering import page_of
from .resource import Messages, SettingsResource, messages_from

__all__ = [
    "SETTINGS",
    "ItemCollection",
    "Messages",
    "SettingsResource",
    "collection",
    "dependent_missing",
    "get_job_param",
    "messages_from",
    "module_of",
    "page_of",
    "reference",
    "require_field",
    "singleton",
]
