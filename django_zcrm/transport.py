"""The process's transport, which all clients share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .zoho.transports.blocking import RequestsTransport


@cache
def transport() -> RequestsTransport:
    """Return the process's pooled transport.

    Only this imports requests, so that a project starts without it: it costs more than the app.
    """
    from .zoho.transports.blocking import RequestsTransport

    return RequestsTransport(f"django-zcrm/{__version__}")
