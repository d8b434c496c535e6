"""The accounts server: consent, codes, tokens, revocation, user info."""
