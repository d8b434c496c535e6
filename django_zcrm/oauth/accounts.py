"""The accounts server that a connection's grant comes from, and only a trusted one."""

from __future__ import annotations

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..zoho.datacenters import is_trusted
from ..zoho.oauth import OAuthClient

TIMEOUT = (5.0, 15.0)
"""Seconds (connect, read); a grant code lives a minute at least, and a person waits."""


def accounts_client(data_center: str, accounts_url: str) -> OAuthClient:
    """Return the OAuth client as an accounts server knows it.

    Raises ConfigurationError for a server that is not Zoho's, and for a client that is not set.
    """
    config = get_settings()
    if not is_trusted(accounts_url, config.own_hosts):
        raise ConfigurationError(
            f"{accounts_url} is not an accounts server of Zoho's, so nothing was sent there.",
            "ACCOUNTS_URL",
        )
    return config.oauth_client(data_center, accounts_url)
