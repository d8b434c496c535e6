"""The process's transport, which all clients share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .zoho.http.transports.blocking import RequestsTransport


@cache
def transport() -> RequestsTransport:
    """Return the process's pooled transport."""
    # Loads requests, which takes longer than the app; a project starts without it.
    from .zoho.http.transports.blocking import RequestsTransport

    return RequestsTransport(f"django-zcrm/{__version__}")
