"""Access tokens: stores them, and renews each once, however many callers need it."""

from __future__ import annotations

from .refresh import renew_now
from .source import ConnectionTokens
from .store import OAuthTokens, TokenStore, token_store

__all__ = ["ConnectionTokens", "OAuthTokens", "TokenStore", "renew_now", "token_store"]
