"""Access tokens: where they are stored, and how they are renewed once, however many callers ask."""

from __future__ import annotations

from .refresh import renew_now
from .source import ConnectionTokens
from .store import OAuthTokens, TokenStore, token_store

__all__ = ["ConnectionTokens", "OAuthTokens", "TokenStore", "renew_now", "token_store"]
