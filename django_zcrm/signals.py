"""Signals for the project. Receivers get `connection`, never a token."""

from __future__ import annotations

from django.dispatch import Signal

connected = Signal()
"""A grant was stored: `connection`, and `created` when the row is new."""

disconnecting = Signal()
"""A connection is about to be revoked: `connection`, whose tokens still work, so that a receiver
can put away at Zoho what it leaves there. Revoking may fail yet."""

disconnected = Signal()
"""A connection was ended by the site or its user: `connection`."""

consent_withdrawn = Signal()
"""Zoho no longer accepts a connection's refresh token: `connection`. Sent once."""

connection_changed = Signal()
"""A connection got another owner, or may have: `connection`; `entry`, the new entry of the history
(`ConnectionHistory`), which records what happened and who did it; `former_owner`, if it was handed
over by one. Sent after the commit, for every entry about a connection."""

token_refreshed = Signal()
"""A new access token was stored: `connection`. Sent by the process that asked for it."""

request_finished = Signal()
"""A request to the API was answered or failed: `connection`, `operation`, `status` (0 without a
response; `error` then names the error's class), `milliseconds`, `attempt` (from 1), `request_id`,
which all attempts of a call share, `waited_ms`, the time that the limits held it up before, and
`credits`, its price (1 where the limits are off). Sent in the thread or event loop of the call, so
receivers must be plain functions, and quick."""
