"""Records the changes of a call, for notifications."""

from __future__ import annotations

from typing import Any

from ..state import Organisation
from ..state.channels import Operation, RecordChange

_SILENT = frozenset({"Modified_Time", "Modified_By", "Last_Activity_Time"})


def record_change(
    org: Organisation,
    module: str,
    operation: Operation,
    record_id: str,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    """Record a change until the call ends; cheap if no channel is open."""
    if not org.channels:
        return
    names = (
        ()
        if old is None or new is None
        else tuple(name for name in new if new[name] != old.get(name) and name not in _SILENT)
    )
    values = tuple((name, (new or {})[name]) for name in names)
    org.changes.append(RecordChange(module, operation, record_id, names, values))
