"""Which callbacks the changes of a call cause.

Records that a call changed in the same way share one callback, as in Zoho.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...core.hooks import Callback
from ...state import Organisation
from ...state.channels import Channel, Operation, RecordChange

#: Callbacks name operations differently than channels name events (Zoho docs v7 notifications).
EVENTS: dict[str, str] = {"insert": "create", "update": "edit", "delete": "delete"}


def take_callbacks(org: Organisation, base_url: str) -> list[Callback]:
    """Return the callbacks for the changes since the last call, and forget the changes."""
    if not org.changes:
        return []
    changes, org.changes = org.changes, []
    now = org.clock.now()
    return [
        Callback(channel.notify_url, _body(org, channel, module, operation, list(alike), base_url))
        for channel in list(org.channels.values())
        if channel.expiry > now
        for (module, operation), alike in _group_changes(channel, changes)
    ]


def _group_changes(
    channel: Channel,
    changes: Iterable[RecordChange],
) -> Iterator[tuple[tuple[str, Operation], list[RecordChange]]]:
    groups: dict[tuple[str, Operation], list[RecordChange]] = {}
    for change in changes:
        if channel.watches(change.module, EVENTS[change.operation], change.fields):
            groups.setdefault((change.module, change.operation), []).append(change)
    yield from groups.items()


def _body(
    org: Organisation,
    channel: Channel,
    module: str,
    operation: Operation,
    alike: list[RecordChange],
    base_url: str,
) -> dict[str, Any]:
    by_id: dict[str, dict[str, Any]] = {}
    for change in alike:
        by_id.setdefault(change.record_id, {}).update(change.values)
    values = [{"record_id": record_id, "values": changed} for record_id, changed in by_id.items()]
    return {
        "server_time": int(org.clock.time() * 1000),
        "query_params": channel.query_params,
        "module": module,
        "resource_uri": f"{base_url}/crm/v2/{module}",
        "ids": list(by_id),
        "affected_fields": [
            {record_id: list(changed)} for record_id, changed in by_id.items() if changed
        ],
        "affected_values": values if channel.details["return_affected_field_values"] else [],
        "operation": operation,
        "channel_id": channel.id,
        "token": channel.details["token"],
    }
