"""Entry points: clients for a user, an identifier, a connection, or the site's default one.

Finds connections and builds clients from them; the API's calls are in `zoho`.
"""

from .client import client_for
from .connections import default_connection
from .default import DEFAULT_LIFE, forget_default
from .site import Site, zcrm

__all__ = [
    "DEFAULT_LIFE",
    "Site",
    "client_for",
    "default_connection",
    "forget_default",
    "zcrm",
]
