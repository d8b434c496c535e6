"""Logs what happens to records, for the timeline."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.engine.changes import record_change
from django_zcrm.emulator.engine.values import stored_moment
from django_zcrm.emulator.state.channels import Operation
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record

_UNTOLD = frozenset({"Modified_Time", "Modified_By", "Last_Activity_Time", "id"})


def log_change(
    org: Organisation,
    request: Request,
    module: Module,
    action: str,
    old: Record | None,
    new: Record,
) -> None:
    """Add an entry to a record's timeline: `added`, `updated` (with the fields), `converted`..."""
    operation: Operation = "insert" if old is None else "update"
    record_change(org, module.api_name, operation, new["id"], old, new)
    changes: list[dict[str, Any]] = []
    if old is not None:
        for field in module.fields:
            name = field.api_name
            before, after = old.get(name), new.get(name)
            if before != after and name not in _UNTOLD:
                changes.append({"api_name": name, "old": before, "new": after})
    org.records.timeline.setdefault(new["id"], []).append(
        {
            "id": org.ids.next(),
            "action": action,
            "time": stored_moment(org.clock.now()),
            "user": request.user.id,
            "source": "crm_api",
            "changes": changes,
        }
    )
