"""The one transport of this process, which all clients share."""

from __future__ import annotations

from functools import cache

from . import __version__
from .zoho.transports.pooled import PooledTransport


@cache
def transport() -> PooledTransport:
    """Return the process's pooled transport."""
    return PooledTransport(f"django-zcrm/{__version__}")
