"""Entry points: clients for a user, an identifier, a connection, or the site's default one.

Finds connections and builds clients from them; the API's calls are in `zoho`.
"""

from .client import ConnectionClient, client_for
from .connections import default_connection, default_connection_or_none
from .default import DEFAULT_LIFE, forget_default
from .site import Site, zcrm

__all__ = [
    "DEFAULT_LIFE",
    "ConnectionClient",
    "Site",
    "client_for",
    "default_connection",
    "default_connection_or_none",
    "forget_default",
    "zcrm",
]
