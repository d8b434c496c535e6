"""The accounts server: consent, codes, tokens, revocation, who is who."""
