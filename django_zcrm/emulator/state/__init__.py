"""The state of an emulator: plain data."""

from __future__ import annotations

from .clock import Clock
from .field import LOOKUP_TYPES, USER_TYPES, Field, PickListValue
from .module import CustomView, Module, RelatedList, Section
from .organisation import Organisation, User
from .settings import Item
from .store import StoredRecord, Table

__all__ = [
    "LOOKUP_TYPES",
    "USER_TYPES",
    "Clock",
    "CustomView",
    "Field",
    "Item",
    "Module",
    "Organisation",
    "PickListValue",
    "RelatedList",
    "Section",
    "StoredRecord",
    "Table",
    "User",
]
