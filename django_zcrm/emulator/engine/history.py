"""Logs the changes of records, for the timeline."""

from __future__ import annotations

from typing import Any

from ..core import Request
from ..state import Module, Organisation, StoredRecord
from ..state.channels import Operation
from .changes import record_change
from .values import format_moment

_UNTOLD = frozenset({"Modified_Time", "Modified_By", "Last_Activity_Time", "id"})


def log_change(
    org: Organisation,
    request: Request,
    module: Module,
    action: str,
    old: StoredRecord | None,
    new: StoredRecord,
) -> None:
    """Add an entry to a record's timeline: `added`, `updated` (with the fields), `converted`..."""
    operation: Operation = "insert" if old is None else "update"
    record_change(org, module.api_name, operation, new["id"], old, new)
    changes: list[dict[str, Any]] = []
    if old is not None:
        for field in module.fields:
            name = field.api_name
            if (before := old.get(name)) == (after := new.get(name)) or name in _UNTOLD:
                continue
            if field.formula is None or not field.read_only:
                changes.append({"api_name": name, "old": before, "new": after})
    org.records.timeline.setdefault(new["id"], []).append(
        {
            "id": org.ids.next(),
            "action": action,
            "time": format_moment(org.clock.now()),
            "user": request.user.id,
            "source": "crm_api",
            "changes": changes,
        }
    )
