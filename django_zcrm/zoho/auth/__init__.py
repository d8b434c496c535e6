"""OAuth with Zoho.

tokens       access tokens and the protocol of their source
accounts     the OAuth endpoints: consent, token exchange, refresh, revocation
granted      the tokens of one grant, in memory
scope_names  names of scopes, and which scope covers which
"""
