"""Signals for the project, sent after the commit, so that receivers find the rows."""

from __future__ import annotations

from django.dispatch import Signal

record_synced = Signal()
"""A row was synced with Zoho: `sender` is its model; `instance`; `change`, which is
`created`, `updated`, `deleted`, `restored` or `unreachable`; `old`, the former values of the
columns that changed, by name (empty when created)."""

notification_received = Signal()
"""Zoho notified a change: `connection`, `module`, `operation` (insert, update, delete), `ids`, and
`server_time`. `sender` is the model that mirrors the module, or None. Nothing was read yet."""
