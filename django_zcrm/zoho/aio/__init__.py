"""Calls to `await`: `crm.aio`, over aiohttp.

`resources` declares for type checkers what they take and return; at run time it is never imported.
"""

from .client import AsyncClient, async_client
from .results import AsyncDownload, AsyncPage
from .session import AsyncSession, AsyncTransport

__all__ = [
    "AsyncClient",
    "AsyncDownload",
    "AsyncPage",
    "AsyncSession",
    "AsyncTransport",
    "async_client",
]
