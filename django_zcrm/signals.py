"""What the app tells the project. Receivers get `connection`, never a token."""

from __future__ import annotations

from django.dispatch import Signal

connected = Signal()
"""A grant was stored: `connection`, and `created` when the row is new."""

disconnected = Signal()
"""A connection was ended by the site or its user: `connection`."""

consent_withdrawn = Signal()
"""Zoho no longer accepts a connection's refresh token: `connection`. Sent once."""

token_refreshed = Signal()
"""A new access token was stored: `connection`. Sent by the process that asked for it."""
