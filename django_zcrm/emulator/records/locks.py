"""Prevents changes of locked records.

Knows where locks and their configurations are kept, not how they are made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.problems import Problem
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.state import Organisation


def configuration(org: Organisation, module: Module) -> dict[str, Any] | None:
    """Return a module's locking configuration; None if its records are never locked."""
    kept = org.settings.items("record_locking_configurations").values()
    return next((item for item in kept if item["module"] == module.id), None)


def guard(
    org: Organisation, module: Module, record: Record, action: str, names: Iterable[str] = ()
) -> None:
    """Raise Problem RECORD_LOCKED when a lock forbids an action (`update`, `delete`).

    `names` are the fields that would change; a configuration may exempt some of them.
    """
    if not record.get("Locked__s"):
        return
    found = configuration(org, module)
    if found is None or action not in (found["restricted_actions"] or ()):
        return
    free = {field["api_name"] for field in found["excluded_fields"] or ()}
    changed = {name for name in names if not name.startswith("$") and name != "id"}
    if changed and changed <= free:
        return
    raise Problem(
        "RECORD_LOCKED", "the record is locked", details={"id": record["id"], "action": action}
    )
