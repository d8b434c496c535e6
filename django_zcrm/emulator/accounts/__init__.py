"""The accounts server: consent, codes, tokens, revocation, user info."""

from __future__ import annotations
