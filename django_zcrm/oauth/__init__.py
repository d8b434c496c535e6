"""Getting and ending a user's grant: the code flow, self clients, refresh tokens, revocation."""

from __future__ import annotations

from .ending import disconnect
from .grants import connect_with_grant_token, connect_with_refresh_token

__all__ = ["connect_with_grant_token", "connect_with_refresh_token", "disconnect"]
