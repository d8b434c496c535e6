"""The accounts server that issued a connection's grant, if the site trusts it."""

from __future__ import annotations

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..zoho.auth.accounts import OAuthClient
from ..zoho.http.datacenters import is_trusted

TIMEOUT = (5.0, 15.0)
"""Seconds (connect, read). A grant code is valid for a minute at least, and a person is waiting."""


def accounts_client(data_center: str, accounts_url: str) -> OAuthClient:
    """Return the OAuth client for an accounts server.

    Raises ConfigurationError for a server that is not trusted, and when no client is configured.
    """
    config = get_settings()
    if not is_trusted(accounts_url, config.own_hosts):
        raise ConfigurationError(
            f"{accounts_url} is not one of Zoho's accounts servers; nothing was sent there.",
            "ACCOUNTS_URL",
        )
    return config.oauth_client(data_center, accounts_url)
