"""Calls to `await`: `crm.aio`, over aiohttp.

`resources` and `record_set` declare arguments and results for type checkers; they are never
imported at run time.
"""

from typing import TYPE_CHECKING

from .client import AsyncClient, async_client
from .results import AsyncDownload, AsyncPage
from .session import AsyncSession, AsyncTransport

if TYPE_CHECKING:
    from .record_set import AsyncRecordSet
else:
    from .client import AsyncRecordSet

__all__ = [
    "AsyncClient",
    "AsyncDownload",
    "AsyncPage",
    "AsyncRecordSet",
    "AsyncSession",
    "AsyncTransport",
    "async_client",
]
